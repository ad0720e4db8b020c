"""Exit codes of every command, numbered as in sysexits so that cron and scripts can tell them apart."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's end means to the program that started it."""

    DONE = 0
    """The work is done; a school below standard is a finding, not a failure."""
    CRASHED = 1
    """A defect of this program; the traceback is printed."""
    BELOW = 2
    """Only with ``--fail-under`` or ``--fail-on``: the result is below what was asked."""
    USAGE = 64
    """The command line was wrong."""
    BAD_DATA = 65
    """A pack, a schools file or another input file is wrong."""
    UNREACHABLE = 69
    """The collector (or another needed service) could not be reached; reports stay spooled."""
    TRY_AGAIN = 75
    """Partly done; running the command again goes on from here."""
    NOT_PERMITTED = 77
    """Credentials or privileges are missing."""
    BAD_CONFIG = 78
    """The configuration is wrong."""
