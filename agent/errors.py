"""
What the agent raises on purpose.

The tree::

    AgentError
    ├── StateError       its own folder cannot be read or written
    ├── IdentityError    no credentials, or credentials that others can read
    ├── SetupError       the configuration lacks something that was asked for
    ├── ScheduleError    the system's scheduler refused
    ├── UsageError       an argument of the command line that means nothing here
    ├── UnreachableError  the collector did not answer, or something else answered in its place
    └── RefusedError     the collector answered with a refusal
"""

from contract.errors import CampusError
from contract.exit_code import ExitCode
from contract.message import Param


class AgentError(CampusError):
    """Root of the package."""


class StateError(AgentError):
    """The state folder is full, read-only or damaged. ``params``: ``path``, ``problem``."""

    retry = True
    exit_code = ExitCode.TRY_AGAIN


class IdentityError(AgentError):
    """Not enrolled, or the credentials are not private."""

    exit_code = ExitCode.NOT_PERMITTED


class SetupError(AgentError):
    """The configuration lacks something: a preview without a kind of school."""

    exit_code = ExitCode.BAD_CONFIG


class ScheduleError(AgentError):
    """The system's scheduler refused, or there is none. ``params``: ``command``, ``problem``."""

    exit_code = ExitCode.NOT_PERMITTED


class UsageError(AgentError):
    """An argument that means nothing here: an unknown check, an address that is none."""

    exit_code = ExitCode.USAGE


class UnreachableError(AgentError):
    """No answer from the collector: no route, no name, no trust, a captive portal."""

    retry = True
    exit_code = ExitCode.UNREACHABLE


class RefusedError(AgentError):
    """The collector's own refusal, under its own message code. ``status`` is the HTTP status."""

    def __init__(self, status: int, code: str, /, **params: Param) -> None:
        super().__init__(code, **params)
        self.status = status
        self.retry = status == 429 or status >= 500  # noqa: PLR2004 - RFC 6585 §4; RFC 9110 §15.6
        self.exit_code = ExitCode.TRY_AGAIN if self.retry else ExitCode.NOT_PERMITTED
