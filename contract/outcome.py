"""The closed sets of judging: outcomes, verdicts, and on whose word a fact rests."""

from enum import StrEnum


class Outcome(StrEnum):
    """What is known of one criterion in one school."""

    MET = "met"
    UNMET = "unmet"
    UNKNOWN = "unknown"
    """No data, too little, too old, or only a bound that does not decide."""
    ERROR = "error"
    """Our own check broke."""
    MANUAL = "manual"
    """Waits for a person's answer."""
    NOT_APPLICABLE = "not_applicable"

    @property
    def decided(self) -> bool:
        """True for the two outcomes that a score counts."""
        return self in (Outcome.MET, Outcome.UNMET)


class Verdict(StrEnum):
    """What a pack says of a whole school."""

    MEETS = "meets"
    FALLS_SHORT = "falls_short"
    UNDECIDED = "undecided"


class Provenance(StrEnum):
    """On whose word a fact rests, strongest first."""

    SERVER_VERIFIED = "server_verified"
    AGENT_MEASURED = "agent_measured"
    REVIEWED = "reviewed"
    ATTESTED = "attested"

    @property
    def strength(self) -> int:
        """Larger is stronger."""
        return -list(Provenance).index(self)


class CheckStatus(StrEnum):
    """How one check's run on one machine ended."""

    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    NOT_APPLICABLE = "not_applicable"
    """This machine cannot have the thing that is measured."""
    SKIPPED = "skipped"
    """It could have been measured, but not now: no slot, no consent, no collector."""


class Path(StrEnum):
    """How far a network measurement's packets went."""

    LOCAL = "local"
    """They never left the machine."""
    LAN = "lan"
    """They never crossed a router."""
    WAN = "wan"
    """They went through the default gateway."""


class Bound(StrEnum):
    """Whether a measured value is the value, or only a limit to it."""

    EXACT = "exact"
    AT_LEAST = "at_least"
    """The true value is this or more: a pass stays a pass, a miss decides nothing."""
    AT_MOST = "at_most"
