"""Ways to the collector as schools have them: a county's own CA, wrong clocks, proxies, portals, IPv6 only."""

import datetime as dt
import random
from pathlib import Path

import pytest

from agent.config import load
from agent.deliver import Delivery, deliver
from agent.errors import UnreachableError
from agent.signing import Signer
from agent.spool import Spool
from agent.uplink import Uplink
from contract.document import DocumentError
from locales.texts import Texts
from tests.agent.authority import Authority
from tests.agent.conftest import NOW, TOKEN, Answer, Collector, make_report, running
from tests.agent.waypoint import proxy


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy of the machine that runs the tests."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def send(spool: Spool, uplink: Uplink) -> Delivery:
    with uplink:
        return deliver(spool, uplink, Signer(spool.folder.parent, "agent-1", None), wall=lambda: NOW, rng=random.Random(1))


def one(spool: Spool) -> str:
    return spool.add(make_report(1)).report_id


def test_a_countys_own_ca_is_trusted_when_it_is_named(spool: Spool, authority: Authority) -> None:
    report_id = one(spool)
    with running(tls=authority.server()) as collector:
        assert send(spool, Uplink(collector.url, token=TOKEN, ca_file=str(authority.file), timeout_s=5)).delivered == 1
        assert collector.accepted == [report_id]


@pytest.mark.parametrize("named", [False, True], ids=["the system's", "another county's"])
def test_without_it_nothing_is_sent_and_the_setting_is_named(
    spool: Spool, authority: Authority, named: bool, tmp_path: Path
) -> None:
    one(spool)
    other = Authority(tmp_path, "Other CA")
    with running(tls=authority.server()) as collector:
        result = send(spool, Uplink(collector.url, token=TOKEN, ca_file=str(other.file) if named else None, timeout_s=5))
        assert collector.requests == []
    assert result.failure is not None
    assert (result.failure.code, result.waiting) == ("agent.uplink.tls", 1)
    assert "agent.collector.ca_file" in Texts("en").say(result.failure)


@pytest.mark.parametrize(("begins", "ends"), [(-1100, -3), (3, 1100)], ids=["expired", "not yet valid"])
def test_a_clock_that_is_years_off_is_named_with_the_machines_date(
    spool: Spool, authority: Authority, begins: int, ends: int
) -> None:
    one(spool)
    with running(tls=authority.server(begins=begins, ends=ends)) as collector:
        uplink = Uplink(collector.url, token=TOKEN, ca_file=str(authority.file), timeout_s=5, wall=lambda: NOW)
        result = send(spool, uplink)
    assert result.failure is not None
    assert (result.failure.code, result.waiting) == ("agent.uplink.tls_dates", 1)
    assert "This machine's date is 2026-03-02" in Texts("en").say(result.failure)
    assert "本机日期为 2026-03-02" in Texts("zh_CN").say(result.failure)


@pytest.mark.parametrize("years", [-3, 3])
def test_a_report_of_a_machine_whose_clock_is_years_off_is_delivered_with_its_date(
    spool: Spool, collector: Collector, years: int
) -> None:
    there = NOW + dt.timedelta(days=365 * years)
    report_id = one(spool)
    send(spool, Uplink(collector.url, token=TOKEN, timeout_s=5, wall=lambda: there))
    assert collector.accepted == [report_id]
    assert collector.requests[0].headers["Date"].split()[3] == str(there.year)


def test_a_collector_on_ipv6_only_is_reached(spool: Spool, authority: Authority) -> None:
    report_id = one(spool)
    with running("::1", authority.server()) as collector:
        assert "[::1]" in collector.url
        assert send(spool, Uplink(collector.url, token=TOKEN, ca_file=str(authority.file), timeout_s=5)).delivered == 1
        assert collector.accepted == [report_id]


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tunnel"])
def test_reports_go_through_the_proxy_that_is_configured(spool: Spool, authority: Authority, tls: bool) -> None:
    report_id = one(spool)
    with proxy("office:secret") as way, running(tls=authority.server() if tls else None) as collector:
        uplink = Uplink(collector.url, token=TOKEN, ca_file=str(authority.file), timeout_s=5, proxy=way.url)
        assert uplink.proxy == way.url.rpartition("@")[2]
        assert send(spool, uplink).delivered == 1
        assert collector.accepted == [report_id]
        assert way.seen[0].startswith("CONNECT" if tls else "POST http://")


def test_the_environments_proxy_is_used_its_exceptions_too_and_none_means_none(
    spool: Spool, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy() as way:
        monkeypatch.setenv("http_proxy", way.url)
        one(spool)
        assert send(spool, Uplink(collector.url, token=TOKEN, timeout_s=5)).delivered == 1
        assert len(way.seen) == 1
        one(spool)
        assert send(spool, Uplink(collector.url, token=TOKEN, timeout_s=5, proxy="none")).delivered == 1
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        one(spool)
        assert send(spool, Uplink(collector.url, token=TOKEN, timeout_s=5)).delivered == 1
        assert len(way.seen) == 1


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tunnel"])
def test_a_proxy_that_wants_a_login_is_named(spool: Spool, authority: Authority, tls: bool) -> None:
    one(spool)
    with proxy("office:secret") as way, running(tls=authority.server() if tls else None) as collector:
        bare_url = way.url.replace("office:secret@", "")
        uplink = Uplink(collector.url, token=TOKEN, ca_file=str(authority.file), timeout_s=5, proxy=bare_url)
        result = send(spool, uplink)
        assert collector.requests == []
    assert result.failure is not None
    assert (result.failure.code, result.waiting) == ("agent.uplink.proxy", 1)
    assert "407" in str(result.failure.params["problem"])


def test_a_proxy_that_is_not_there_is_named_without_its_password(collector: Collector) -> None:
    uplink = Uplink(collector.url, timeout_s=5, proxy="http://office:secret@127.0.0.1:9")
    with uplink, pytest.raises(UnreachableError) as caught:
        uplink.time(lambda: NOW)
    said = Texts("en").say(caught.value.message)
    assert "127.0.0.1:9" in said
    assert "secret" not in said


def test_a_login_page_that_answers_everything_keeps_every_report(spool: Spool, collector: Collector) -> None:
    one(spool)
    collector.script.append(Answer(511, b"<html>Network Authentication Required</html>"))
    result = send(spool, Uplink(collector.url, token=TOKEN, timeout_s=5))
    assert (result.delivered, result.waiting, spool.parked()) == (0, 1, [])


@pytest.mark.parametrize("text", ["socks5://h:1", "10.0.0.1:3128", "''"])
def test_a_proxy_setting_that_is_no_address_is_a_fault_of_the_configuration(text: str, tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"agent: {{collector: {{proxy: {text!r}}}}}")
    with pytest.raises(DocumentError):
        load(path)
