"""
Root of what the dashboard raises on purpose.

::

    CampusError
    └── TuiError
        ├── SettingsError        tui.config   the configuration file cannot be read
        ├── UnavailableError     tui.cli      no extra installed, no terminal, no collector address
        ├── CredentialError      tui.config   no token, or its file cannot be read
        ├── KeepingError         tui.views, tui.exports   a file of the reader's cannot be written
        └── AnswerError          tui.client   a question to the collector had no good answer

Every code has a second entry, ``<code>.todo``: what the reader can do about it.
"""

from contract.errors import CampusError
from contract.exit_code import ExitCode
from contract.message import Param


class TuiError(CampusError):
    """Anything the dashboard cannot do."""


class SettingsError(TuiError):
    """The configuration file cannot be read; faults inside it are a DocumentError."""

    exit_code = ExitCode.BAD_CONFIG


class UnavailableError(TuiError):
    """Something the screen needs is not there."""

    exit_code = ExitCode.UNREACHABLE


class CredentialError(TuiError):
    """No viewer token, or one that cannot be sent."""

    exit_code = ExitCode.NOT_PERMITTED


class KeepingError(TuiError):
    """A view, a cache or an export cannot be written; the screen says so and goes on."""


class AnswerError(TuiError):
    """
    The collector could not be reached, refused, or answered something else than agreed.

    ``retry`` is True when asking again later may help; the dashboard then keeps asking at its refresh interval.
    """

    exit_code = ExitCode.UNREACHABLE

    def __init__(self, code: str, /, *, retry: bool = False, **params: Param) -> None:
        super().__init__(code, **params)
        self.retry = retry
