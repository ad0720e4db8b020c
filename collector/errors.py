"""
Root of what the collector raises on purpose.

::

    CampusError
    └── CollectorError
        ├── ProblemError       collector.api.problem     a request is refused, with its HTTP status
        ├── StoreError         collector.errors          the database cannot be used
        ├── SettingsError      collector.errors          the configuration cannot be read
        ├── NotFoundError      collector.errors          a command names something that does not exist
        ├── UsageError         collector.errors          an option makes no sense
        └── MissingExtraError  collector.errors          the extra [collector] is not installed
"""

from contract.errors import CampusError
from contract.exit_code import ExitCode


class CollectorError(CampusError):
    """Anything the collector refuses or cannot do."""


class StoreError(CollectorError):
    """The database cannot be opened, is of another schema, or has stopped taking writes."""

    retry = True
    exit_code = ExitCode.TRY_AGAIN


class SettingsError(CollectorError):
    """The configuration file cannot be read at all; faults inside it are a DocumentError."""

    exit_code = ExitCode.BAD_CONFIG


class NotFoundError(CollectorError):
    """A command names a school, token or criterion that is not there."""

    exit_code = ExitCode.BAD_DATA


class CarriedError(CollectorError):
    """A file of carried reports that cannot be trusted or read."""

    exit_code = ExitCode.BAD_DATA


class UsageError(CollectorError):
    """An option has a value that makes no sense."""

    exit_code = ExitCode.USAGE


class MissingExtraError(CollectorError):
    """The server's own dependencies are not installed."""

    exit_code = ExitCode.UNREACHABLE
