"""A website with one planted fault at a time: each is named, and nothing else is."""

import ssl
import time
from pathlib import Path
from typing import Any

import pytest

from collector.website.names import Resolver
from collector.website.pages import alike, inner_links
from collector.website.survey import Item, Survey, Surveyor
from tests.checks.ipv6.test_probes import needs_ipv6
from tests.collector.website.school import OTHER, Site, site

PAGE_ITEMS = {Item.HOME_PAGE, Item.SUCCESS, Item.FIRST_PACKET, Item.RATE, Item.CONTENT, Item.SECOND_LEVEL, Item.THIRD_LEVEL}
FAULTS: dict[str, tuple[dict[str, Any], set[Item]]] = {
    "no AAAA record": ({"aaaa": False}, {Item.AAAA, Item.HOME_PAGE}),
    "the address is dead": ({"dead_address": True}, {Item.HOME_PAGE}),
    "the page is an error over IPv6": ({"status6": 500}, {Item.HOME_PAGE}),
    "no name server has IPv6": ({"server_aaaa": False}, {Item.NAME_SERVERS}),
    "the name server does not answer over IPv6": ({"server_answers": False}, {Item.NAME_SERVERS}),
    "every second visit fails": ({"every_second_fails": True}, {Item.SUCCESS}),
    "the first packet is slow": ({"slow_first_s": 1.1}, {Item.FIRST_PACKET}),
    "the page comes slowly": ({"slow_body_s": 0.3}, {Item.RATE}),
    "another page over IPv6": ({"other_content6": True}, {Item.CONTENT}),
    "links of the second level are broken": ({"broken_links": True}, {Item.SECOND_LEVEL}),
    "links of the third level are broken": ({"broken_deep_links": True}, {Item.THIRD_LEVEL}),
    "it leads to a host without IPv6": ({"redirect": OTHER}, {Item.HOME_PAGE, Item.REDIRECT}),
    "the certificate has expired": ({"certificate_days": -3}, {Item.HOME_PAGE, Item.CERTIFICATE}),
    "the certificate expires in a week": ({"certificate_days": 7}, {Item.CERTIFICATE}),
    "the certificate is another host's": ({"certificate_host": OTHER}, {Item.HOME_PAGE, Item.CERTIFICATE}),
}


def survey(made: Site, *, tries: int = 2) -> Survey:
    tls = ssl.create_default_context(cafile=str(made.authority))
    resolver = Resolver("127.0.0.1", made.dns_port, timeout_s=0.3)
    return Surveyor(resolver, tls, time.time, tries=tries, timeout_s=3.0, links=3).survey(made.url)


def failed(found: Survey) -> set[Item]:
    return {item.item for item in found.findings if item.passed is False}


@needs_ipv6
def test_a_site_without_a_fault_passes_every_item(tmp_path: Path) -> None:
    with site(tmp_path) as made:
        found = survey(made)
    assert {item.item: item.passed for item in found.findings} == dict.fromkeys(Item, True), found.findings
    assert (found.ready, found.success_percent, found.second_percent, found.third_percent) == (True, 100.0, 100.0, 100.0)


@needs_ipv6
@pytest.mark.parametrize("fault", FAULTS)
def test_each_planted_fault_is_named_and_nothing_else(fault: str, tmp_path: Path) -> None:
    planted, expected = FAULTS[fault]
    with site(tmp_path, **planted) as made:
        found = survey(made)
    assert failed(found) == expected, found.findings


@needs_ipv6
def test_what_was_not_seen_is_unknown_and_not_failed(tmp_path: Path) -> None:
    with site(tmp_path, dead_address=True) as made:
        found = survey(made)
    unknown = {item.item for item in found.findings if item.passed is None}
    assert PAGE_ITEMS - {Item.HOME_PAGE} <= unknown


def test_a_dead_name_server_leaves_everything_open() -> None:
    tls = ssl.create_default_context()
    silent = Surveyor(Resolver("127.0.0.1", 9, timeout_s=0.05), tls, time.time, tries=1, timeout_s=1.0, links=1)
    found = silent.survey("https://www.school.test/")
    assert {item.passed for item in found.findings} == {None}
    assert found.ready is None


def test_links_of_the_site_are_told_from_others() -> None:
    body = b'<a href="/a">1</a><a href="b#c">2</a><a href="//bbs.school.test/">3</a><a href="http://other.test/">4</a>'
    assert inner_links("http://www.school.test/", body) == [
        "http://www.school.test/a",
        "http://www.school.test/b",
        "http://bbs.school.test/",
    ]
    assert inner_links("http://www.school.test/", b'<a href="http://[">x</a>') == []


def test_numbers_and_scripts_do_not_make_two_pages_different() -> None:
    one = "<p>学校新闻 访问量 100</p><script>var a=1</script>".encode()
    other = "<p>学校新闻 访问量 20731</p><script>var b=2</script>".encode()
    assert alike(one, other) == 1.0
    assert alike(one, "<p>网站建设中</p>".encode()) < 0.2
