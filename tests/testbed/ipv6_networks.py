"""The networks by name: what is done to a healthy school, how it shows that it was done, and what has to be said of it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from contract.reason import ReasonCode as R
from tests.testbed.ipv6 import HERE, INTERNAL, POOR, Internet, School, school, until

TARGET = "2400:da00:2::11"


@dataclass(frozen=True)
class Expected:
    """``reason`` None: at the top. ``flags``: all that have to be up, and no other."""

    level: int
    reason: R | None
    exact: bool = True
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Network:
    """``fault`` changes a healthy school and asserts that the change is there."""

    expected: Expected
    fault: Callable[[School], None]
    healthy: dict[str, Any] = field(default_factory=dict)
    """Arguments of :func:`tests.testbed.ipv6.school`."""


def says(level: int, reason: R | None, *flags: str, exact: bool = True) -> Expected:
    """What has to be said."""
    return Expected(level, reason, exact, frozenset(flags))


def _works(made: School) -> None:
    assert made.reaches(TARGET)
    assert made.reaches(TARGET, large=True)


def _switched_off(made: School) -> None:
    made.pc.sysctl(net__ipv6__conf__eth0__disable_ipv6=1)
    assert "inet6" not in made.pc.run("ip", "addr", "show", "dev", "eth0")


def _link_local_only(made: School) -> None:
    assert "fe80" in made.pc.run("ip", "-6", "addr", "show", "dev", "eth0")
    assert not made.addresses()


def _ula_dropped(made: School) -> None:
    made.forward("ip6 saddr fc00::/7 drop;")
    assert INTERNAL in made.addresses()
    assert made.default_routes()
    assert not made.reaches(TARGET)


def _no_default_route(made: School) -> None:
    assert made.addresses()
    assert not made.default_routes()


def _black_hole(made: School) -> None:
    made.forward("", policy="drop")
    assert made.default_routes()
    assert not made.reaches(TARGET)


def _large_dropped(made: School) -> None:
    made.forward("meta length > 1280 drop;")
    assert made.reaches(TARGET)
    assert not made.reaches(TARGET, large=True)


def _rejected(made: School) -> None:
    made.forward("reject with icmpv6 type admin-prohibited;")
    assert not made.reaches(TARGET)


def _no_echo(made: School) -> None:
    made.nft("table ip6 f { chain c1 { type filter hook input priority 0; icmpv6 type echo-request drop; } }")
    _works(made)


def _masquerade(made: School) -> None:
    made.nft('table ip6 n { chain c1 { type nat hook postrouting priority 100; oifname "wan6" masquerade; } }')
    assert INTERNAL in made.addresses()
    _works(made)


def _rogue(made: School) -> None:
    made.gw.start(sys.executable, str(HERE / "ipv6_rogue.py"), "lan", log=made.folder / "rogue.log")
    until("the rogue router's route", lambda: "fe80::bad" in made.default_routes())
    _works(made)


def _gateway_gone(made: School) -> None:
    hooks = "".join(
        f"chain {hook} {{ type filter hook {hook} priority -300; drop; }}\n" for hook in ("prerouting", "output")
    )
    made.nft(f"table ip6 f {{\n{hooks}}}\n")
    made.pc.run("ip", "-6", "neigh", "flush", "dev", "eth0")
    assert made.default_routes()
    assert "lladdr" not in made.pc.run("ip", "-6", "neigh", "show", "dev", "eth0")


def _data_dropped(made: School) -> None:
    made.forward("tcp flags & psh == psh drop;")
    assert not made.reaches(TARGET)


def _answers(made: School, *, aaaa: bool) -> None:
    found = made.pc.complete("getent", "ahostsv6", "ds.test.lan").stdout
    assert (TARGET in found) is aaaa, found


def _dns_dead(made: School) -> None:
    _works(made)
    assert made.pc.complete("timeout", "1", "getent", "hosts", "ds.test.lan").returncode


def _dhcp_only(made: School) -> None:
    """The address as a DHCPv6 client sets it: /128, no prefix route; the advertisement has M set and A cleared."""
    until("an advertisement", made.default_routes)
    assert not made.addresses()
    made.pc.run("ip", "addr", "add", "2400:da00:1:1::100/128", "dev", "eth0", "nodad")
    made.pc.run("ip", "-6", "route", "replace", "2400:da00:1:1::/64", "dev", "eth0")
    _works(made)


def _six_only(made: School) -> None:
    assert "inet " not in made.pc.run("ip", "addr", "show", "dev", "eth0")
    _works(made)


def _portal(made: School) -> None:
    ready = made.folder / f"{made.gw.name}.login"
    made.gw.start(sys.executable, str(HERE / "ipv6_internet.py"), str(ready), "login", log=made.folder / "login.log")
    until("the login page", ready.exists)
    made.nft(
        'table ip n { chain c1 { type nat hook prerouting priority -100; iifname "lan" tcp dport 80 redirect; } }\n'
        "table inet f { chain c1 { type filter hook forward priority 0; policy drop;"
        " udp dport 53 accept; udp sport 53 accept; } }"
    )
    shown = made.pc.run("curl", "-s", "-m", "3", "-o", "/dev/null", "-w", "%{redirect_url}", "http://203.0.113.11/")
    assert "login" in shown
    assert not made.reaches(TARGET)


SLAAC = "eui64"
"""The kernel's default: an address that gives the MAC away. Every school here that has a native one has the flag."""
NETWORKS: dict[str, Network] = {
    "01 dual stack": Network(says(8, None, SLAAC), _works),
    "02 switched off": Network(says(0, R.IPV6_DISABLED), _switched_off, {"prefix": None}),
    "03 link-local only": Network(says(1, R.IPV6_LINK_LOCAL_ONLY), _link_local_only, {"prefix": None}),
    "04 internal, dropped": Network(says(1, R.IPV6_ULA_ONLY, "dns6_dead"), _ula_dropped, {"prefix": INTERNAL}),
    "05 no default route": Network(says(1, R.IPV6_NO_DEFAULT_ROUTE, SLAAC), _no_default_route, {"lifetime": 0}),
    "06 black hole": Network(says(3, R.IPV6_UPSTREAM_BLACK_HOLE, SLAAC, "dns6_dead"), _black_hole),
    "07 no AAAA": Network(
        says(5, R.IPV6_NO_AAAA, SLAAC, "no_v6_resolver"),
        lambda made: _answers(made, aaaa=False),
        {"resolvers": ("203.0.113.54",)},
    ),
    "08 PMTU black hole": Network(says(4, R.IPV6_PMTU_BLACK_HOLE, SLAAC), _large_dropped),
    "09 6to4": Network(says(5, R.IPV6_TRANSITION_ONLY), _works, {"prefix": "2002:cb00:7101:1"}),
    "09t Teredo": Network(says(5, R.IPV6_TRANSITION_ONLY), _works, {"prefix": "2001:0:cb00:7101"}),
    "10 slow": Network(says(6, R.IPV6_SLOW_RTT, SLAAC), _works, {"line6": POOR}),
    "11 rejected": Network(says(3, R.IPV6_UPSTREAM_REJECTED, SLAAC, "dns6_dead"), _rejected),
    "12 no echo": Network(says(8, None, SLAAC, "gw_no_echo"), _no_echo),
    "13 NAT66": Network(says(5, R.IPV6_NAT66, "nat66"), _masquerade, {"prefix": INTERNAL}),
    "14 rogue router": Network(says(8, None, SLAAC, "rogue_ra"), _rogue),
    "15 gateway silent": Network(says(2, R.IPV6_GATEWAY_SILENT, SLAAC, "dns6_dead"), _gateway_gone),
    "16 HTTP fails": Network(says(4, R.IPV6_HTTP_FAILS, SLAAC), _data_dropped),
    "17 AAAA denied": Network(
        says(5, R.IPV6_AAAA_NXDOMAIN, SLAAC, "no_v6_resolver"),
        lambda made: _answers(made, aaaa=False),
        {"resolvers": ("203.0.113.55",)},
    ),
    "18 DNS dead": Network(
        says(5, R.IPV6_DNS_SILENT, SLAAC, "no_v6_resolver", exact=False),
        _dns_dead,
        {"resolvers": ("203.0.113.99", "203.0.113.98")},
    ),
    "19 DHCPv6 only": Network(says(8, None), _dhcp_only, {"autonomous": False}),
    "20 IPv6 only": Network(
        says(6, R.IPV6_NO_IPV4, SLAAC, exact=False), _six_only, {"ipv4": False, "resolvers": ("2400:da00:2::64",)}
    ),
    "21 login page": Network(says(3, R.IPV6_CAPTIVE_PORTAL, SLAAC, "captive_portal", exact=False), _portal),
}


@contextmanager
def network(net: Internet, name: str) -> Iterator[School]:
    """The school of this name, its fault in place."""
    wanted = NETWORKS[name]
    with school(net, **wanted.healthy) as made:
        wanted.fault(made)
        yield made
