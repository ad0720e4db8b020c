"""What the domain name system says of a site: its addresses, its name servers, and whether those answer over IPv6."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rdatatype
import dns.resolver

_TRIES = 2


@dataclass(frozen=True, slots=True)
class Resolver:
    """A recursive server. ``port`` is also that of the authoritative servers: 53 outside of tests."""

    address: str
    port: int = 53
    timeout_s: float = 3.0
    clock: Callable[[], float] = time.monotonic

    def ask(self, name: str, kind: str, *, server: str | None = None) -> tuple[list[str], float] | None:
        """The records in text form with the milliseconds it took; None when the server is silent or refuses."""
        question = dns.message.make_query(name, kind)
        if server is not None:
            question.flags &= ~dns.flags.RD
        for _ in range(_TRIES):
            begun = self.clock()
            try:
                answer, _ = dns.query.udp_with_fallback(
                    question, server or self.address, timeout=self.timeout_s, port=self.port
                )
            except (dns.exception.DNSException, OSError):
                continue
            if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                return None
            wanted = dns.rdatatype.from_text(kind)
            records = [str(item) for rrset in answer.answer if rrset.rdtype == wanted for item in rrset]
            return records, (self.clock() - begun) * 1000
        return None

    def servers_of(self, host: str) -> list[str]:
        """The names of the authoritative servers of the closest zone above ``host``; empty when none is told."""
        name = dns.name.from_text(host)
        while len(name.labels) > 2:  # noqa: PLR2004 - a top-level domain is nobody's website
            found = self.ask(name.to_text(), "NS")
            if found and found[0]:
                return sorted(found[0])
            name = name.parent()
        return []


def system_resolver(timeout_s: float) -> Resolver | None:
    """The first of the system's name servers, None without one."""
    try:
        found = dns.resolver.Resolver().nameservers
    except dns.exception.DNSException:
        return None
    return Resolver(str(found[0]), timeout_s=timeout_s) if found else None
