"""
One survey of a website: every item of the official list for IPv6 on websites, and the state of the certificate.

The items follow published accounts of the national list (AAAA, home page, name servers over IPv6, latencies, rate, success
rate, agreement of both families, links of the second and third level); the limits are ours and stand here.
"""

import ssl
from collections.abc import Callable
from enum import StrEnum
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from collector.website.names import Resolver
from collector.website.pages import Visit, alike, inner_links, visit

SLOW_FIRST_MS, SLOW_FACTOR = 1000.0, 2.0
"""A first packet is slow above both: one second, and twice what IPv4 takes."""
SLOW_RATE_FACTOR, SLOW_BODY_MS = 0.5, 100.0
"""A rate is low below half of IPv4's, where the body also takes a tenth of a second longer: less is noise of one fetch."""
ALIKE = 0.85
LINKS_PERCENT = 85.0
"""The national texts call a site supported when 85 % of its links are."""
EXPIRES_SOON_S = 14 * 86_400
_REDIRECTS = 5


class Item(StrEnum):
    """The items; each has its words ``website.item.<name>``."""

    AAAA = "aaaa"
    NAME_SERVERS = "name_servers"
    HOME_PAGE = "home_page"
    REDIRECT = "redirect"
    SUCCESS = "success"
    FIRST_PACKET = "first_packet"
    RATE = "rate"
    CONTENT = "content"
    SECOND_LEVEL = "second_level"
    THIRD_LEVEL = "third_level"
    CERTIFICATE = "certificate"


class Finding(Struct, frozen=True):
    """``passed`` None: could not be told. ``detail`` is for a person: numbers, names, the library's words."""

    item: Item
    passed: bool | None
    detail: str = ""


class Survey(Struct, frozen=True, kw_only=True):
    """What one survey found. Times in milliseconds over IPv6, ``None`` where nothing came."""

    url: str
    findings: list[Finding]
    dns_ms: float | None = None
    tcp_ms: float | None = None
    first_ms: float | None = None
    page_ms: float | None = None
    rate_mbit_s: float | None = None
    success_percent: float | None = None
    second_percent: float | None = None
    third_percent: float | None = None
    certificate_expires: float | None = None

    @property
    def ready(self) -> bool | None:
        """AAAA and a home page: what "supports IPv6" means at the least. None when one could not be told."""
        needed = [item.passed for item in self.findings if item.item in (Item.AAAA, Item.HOME_PAGE)]
        return False if False in needed else None if None in needed else True


class Surveyor:
    """Surveys sites, one request at a time. ``now`` is seconds since 1970, for certificates."""

    def __init__(
        self, resolver: Resolver, tls: ssl.SSLContext, now: Callable[[], float], *, tries: int, timeout_s: float, links: int
    ) -> None:
        self._resolver, self._tls, self._now = resolver, tls, now
        self._tries, self._timeout_s, self._links = tries, timeout_s, links

    def survey(self, url: str) -> Survey:
        """Every item of one site."""
        host = urlsplit(url).hostname or ""
        asked = self._resolver.ask(host, "AAAA")
        if asked is None:
            said = "no answer from the name server"
            return Survey(url=url, findings=[Finding(item, None, said) for item in Item])
        findings = [Finding(Item.AAAA, bool(asked[0]), ", ".join(asked[0])), self._name_servers(host)]
        if not asked[0]:
            rest = [item for item in Item if item not in (Item.AAAA, Item.NAME_SERVERS)]
            missing = [Finding(item, False if item is Item.HOME_PAGE else None, "no AAAA") for item in rest]
            return Survey(url=url, findings=findings + missing, dns_ms=asked[1])
        return self._pages(url, findings, asked[1])

    def _name_servers(self, host: str) -> Finding:
        """At least one authoritative server has an IPv6 address and answers there with authority."""
        names = self._resolver.servers_of(host)
        if not names:
            return Finding(Item.NAME_SERVERS, None, "no NS record found")
        silent = []
        for name in names:
            found = self._resolver.ask(name, "AAAA")
            for address in found[0] if found else []:
                if self._resolver.ask(host, "AAAA", server=address) is not None:
                    return Finding(Item.NAME_SERVERS, True, f"{name} {address}")
                silent.append(address)
        said = f"no answer: {', '.join(silent)}" if silent else f"no AAAA: {', '.join(names)}"
        return Finding(Item.NAME_SERVERS, False, said)

    def _pages(self, url: str, findings: list[Finding], dns_ms: float) -> Survey:
        visits = [self._follow(url, "AAAA") for _ in range(self._tries)]
        first = next((found for _, found in visits if found.good), visits[0][1])
        there = next((where for where, found in visits if found.good), visits[0][0])
        good = [found for _, found in visits if found.good]
        lost = urlsplit(there).hostname != urlsplit(url).hostname and first.problem == "no AAAA"
        findings = [
            *findings,
            Finding(Item.HOME_PAGE, bool(good), first.problem or first.certificate or f"HTTP {first.status}"),
            Finding(Item.REDIRECT, not lost, there),
            Finding(Item.SUCCESS, len(good) == len(visits) if good else None, f"{len(good)}/{len(visits)}"),
            self._certificate(first, there),
        ]
        best = min(good, key=lambda item: item.page_ms or 0.0, default=first)
        _, four = self._follow(url, "A")
        second, third, links = self._levels(there, first if good else None)
        return Survey(
            url=url,
            findings=sorted([*findings, *_compared(best, four), *links], key=lambda item: list(Item).index(item.item)),
            dns_ms=dns_ms,
            tcp_ms=best.tcp_ms,
            first_ms=best.first_ms,
            page_ms=best.page_ms,
            rate_mbit_s=best.rate_mbit_s,
            success_percent=round(100 * len(good) / len(visits), 1),
            second_percent=second,
            third_percent=third,
            certificate_expires=first.expires,
        )

    def _follow(self, url: str, kind: str) -> tuple[str, Visit]:
        """The page behind at most five redirects, all of them over the family of ``kind``; where it was, and the visit."""
        found = Visit(problem=f"no {kind}")
        for _ in range(_REDIRECTS + 1):
            asked = self._resolver.ask(urlsplit(url).hostname or "", kind)
            if not asked or not asked[0]:
                return url, Visit(problem=f"no {kind}")
            found = visit(url, asked[0][0], self._timeout_s, self._tls)
            if not 300 <= found.status < 400 or not found.location:  # noqa: PLR2004 - HTTP
                return url, found
            url = urljoin(url, found.location)
        return url, Visit(problem="too many redirects")

    def _certificate(self, found: Visit, url: str) -> Finding:
        if found.certificate:
            return Finding(Item.CERTIFICATE, False, found.certificate)
        if found.expires is None:
            return Finding(Item.CERTIFICATE, None, "no TLS" if url.startswith("http:") else found.problem or "")
        left = found.expires - self._now()
        return Finding(Item.CERTIFICATE, left > EXPIRES_SOON_S, f"{left / 86_400:.0f} d")

    def _levels(self, url: str, home: Visit | None) -> tuple[float | None, float | None, list[Finding]]:
        second = inner_links(url, home.body)[: self._links] if home else []
        visited = {link: self._follow(link, "AAAA")[1] for link in second}
        beyond = [
            link for page, found in visited.items() for link in inner_links(page, found.body) if link not in {url, *second}
        ]
        third = {link: self._follow(link, "AAAA")[1] for link in list(dict.fromkeys(beyond))[: self._links]}
        findings, shares = [], []
        for item, pages in ((Item.SECOND_LEVEL, visited), (Item.THIRD_LEVEL, third)):
            share = round(100 * sum(found.good for found in pages.values()) / len(pages), 1) if pages else None
            broken = [link for link, found in pages.items() if not found.good]
            said = ", ".join(broken[:3]) or f"{len(pages)} links"
            findings.append(Finding(item, None if share is None else share >= LINKS_PERCENT, said))
            shares.append(share)
        return shares[0], shares[1], findings


def _compared(six: Visit, four: Visit) -> list[Finding]:
    """Both families beside each other; unknown where one of them gave no page."""
    if not six.good or not four.good or six.first_ms is None or four.first_ms is None:
        return [Finding(item, None) for item in (Item.FIRST_PACKET, Item.RATE, Item.CONTENT)]
    slow = six.first_ms > max(SLOW_FIRST_MS, SLOW_FACTOR * four.first_ms)
    rates = (six.rate_mbit_s, four.rate_mbit_s)
    longer_ms = _flow_ms(six) - _flow_ms(four)
    low = (rates[0] or 0.0) < SLOW_RATE_FACTOR * (rates[1] or 0.0)
    rate = None if None in rates else not (low and longer_ms > SLOW_BODY_MS)
    same = alike(six.body, four.body)
    return [
        Finding(Item.FIRST_PACKET, not slow, f"{six.first_ms:.0f} ms / {four.first_ms:.0f} ms"),
        Finding(Item.RATE, rate, " / ".join("–" if item is None else f"{item:.1f} Mbit/s" for item in rates)),
        Finding(Item.CONTENT, same >= ALIKE, f"{100 * same:.0f} %"),
    ]


def _flow_ms(found: Visit) -> float:
    return (found.page_ms or 0.0) - (found.first_ms or 0.0)
