"""What was seen of a machine's IPv6: values only. The ladder and the flags are decided on these and on nothing else."""

from enum import StrEnum

from msgspec import Struct

from checks.network.addresses import AddressClass
from contract.outcome import Path


class Probe(StrEnum):
    """How an attempt ended."""

    OPEN = "open"
    """Not tried, or cut by the deadline."""
    PASSED = "passed"
    REJECTED = "rejected"
    """Something answered, and said no: reset, unreachable, prohibited."""
    SILENT = "silent"
    """Nothing came back."""


class Name(StrEnum):
    """What name resolution said to a question for AAAA."""

    OPEN = "open"
    ANSWERED = "answered"
    EMPTY = "empty"
    """The name has no AAAA record."""
    DENIED = "denied"
    """NXDOMAIN to the question for AAAA while the same server gives an A record: the server is broken (RFC 4074 §4.2)."""
    MISSING = "missing"
    """NXDOMAIN to both questions."""
    SILENT = "silent"
    """No server answered, or all refused: says nothing about the name."""


class SeenAddress(Struct, frozen=True):
    """An IPv6 address of this machine. ``temporary``: RFC 8981. ``eui64``: its last 64 bits are made of the MAC."""

    interface: str
    address: str
    kind: AddressClass
    temporary: bool = False
    eui64: bool = False


class SeenTarget(Struct, frozen=True, kw_only=True):
    """
    A target and how IPv6 to it went, with IPv4 beside it where its IPv4 address is known.

    ``http``, ``large`` and ``clamped`` are None where no HTTP is spoken. ``large``: a request of 1600 bytes, and an answer
    of 6 kB where the target can give one. ``clamped``: the same with segments of at most 1220 bytes, which pass where IPv6
    itself does (RFC 8200 §5): the control that tells a PMTU black hole from a dead web server.
    """

    name: str
    address: str
    port: int
    operator: str
    address4: str | None = None
    tcp: Probe = Probe.OPEN
    http: Probe | None = None
    large: Probe | None = None
    clamped: Probe | None = None
    tcp4: Probe = Probe.OPEN
    path: Path | None = None
    connect_ms: float | None = None
    connect4_ms: float | None = None
    path_mtu: int | None = None
    source: str | None = None
    """The address that the HTTP connection was sent from."""
    witnessed: str | None = None
    """The address that the target, our collector, saw it come from."""
    portal: bool = False
    """The answer was somebody else's: a login page."""
    problem: str | None = None


class SeenName(Struct, frozen=True, kw_only=True):
    """A name, and what was said about its AAAA records. ``doubtful``: it may have none, so only an answer says anything."""

    name: str
    result: Name = Name.OPEN
    addresses: list[str] = []
    server: str | None = None
    doubtful: bool = False


class Parity(Struct, frozen=True, kw_only=True):
    """
    IPv6 beside IPv4 towards one target: smallest of four interleaved round trips, best of two interleaved fetches.

    One fetch of each family called a healthy network slow (69 against 24 Mbit/s): a single shot is noise.
    """

    target: str
    rtt6_ms: float | None = None
    rtt4_ms: float | None = None
    rate6_mbit_s: float | None = None
    rate4_mbit_s: float | None = None
    rate_expected: bool = False
    """The target can serve a bulk file, so that a missing rate means that the deadline cut it."""


class Eyeballs(Struct, frozen=True, kw_only=True):
    """What a browser would have got (RFC 8305): which family connected first, and how much later than IPv4 alone."""

    family: int
    ms: float
    penalty_ms: float | None = None


class Evidence(Struct, frozen=True, kw_only=True):
    """Everything the ladder is decided on. ``limit_s`` is the outer deadline that cut what is still open."""

    enabled: bool
    links_up: int
    addresses: list[SeenAddress] = []
    default_route: bool = False
    default_route4: bool = True
    gateway: str | None = None
    gateway_probe: Probe = Probe.OPEN
    gateway_echo: Probe = Probe.OPEN
    source: str | None = None
    """The address the system would send from (RFC 6724)."""
    targets: list[SeenTarget] = []
    names: list[SeenName] = []
    resolvers: list[str] = []
    resolver6: Probe = Probe.OPEN
    """Whether a name server that has an IPv6 address answers."""
    parity: Parity | None = None
    eyeballs: Eyeballs | None = None
    portal: bool = False
    """Plain HTTP to the collector was answered by somebody else."""
    proxy: bool = False
    routers: list[str] = []
    """Link-local addresses of the routers that advertise themselves: heard, or in the routing table."""
    routers_known: list[str] = []
    routers_heard: bool = False
    """Advertisements were listened for, which needs a raw socket."""
    limit_s: float = 5.5

    def of(self, *kinds: AddressClass) -> list[SeenAddress]:
        """The addresses of these classes."""
        return [item for item in self.addresses if item.kind in kinds]

    @property
    def deciding(self) -> list[SeenTarget]:
        """Targets beyond the gateway; those on the LAN or on this machine only when there are no others."""
        return [item for item in self.targets if item.path in (Path.WAN, None)] or self.targets

    @property
    def beyond(self) -> bool:
        """True when TCP over IPv6 came back from behind the gateway."""
        return any(item.tcp is Probe.PASSED and item.path is Path.WAN for item in self.targets)
