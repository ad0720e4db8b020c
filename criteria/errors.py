"""What judging raises on purpose."""

from contract.errors import CampusError
from contract.exit_code import ExitCode


class CriteriaError(CampusError):
    """A pack that does not exist, cannot be read or cannot be judged by."""

    exit_code = ExitCode.BAD_DATA
