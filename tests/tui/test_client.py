"""The HTTP client against a real loopback server."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.county import County
from tests.tui.server import TOKEN, Collector, serving
from tui.client import HttpClient
from tui.errors import AnswerError


@pytest.fixture
def collector() -> Iterator[Collector]:
    with serving(County(23)) as made:
        yield made


def test_it_follows_the_pages_to_the_end(collector: Collector) -> None:
    client = HttpClient(collector.url, TOKEN, page_size=10)
    pages = list(client.pages())
    assert [len(page.items) for page in pages] == [10, 10, 3]
    assert [row for page in pages for row in page.items] == collector.county.rows


def test_a_school_id_cannot_leave_its_place_in_the_path(collector: Collector) -> None:
    with pytest.raises(AnswerError):
        HttpClient(collector.url, TOKEN).school("../rollup?x=1")
    assert collector.asked == ["/v1/schools/..%2Frollup%3Fx%3D1"]


def test_it_asks_the_loopback_address_without_a_proxy(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert HttpClient(collector.url, TOKEN).rollup().schools == 23


def test_an_entry_in_netrc_does_not_replace_the_token(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login someone password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert HttpClient(collector.url, TOKEN).rollup().schools == 23


def test_it_follows_no_redirection_with_the_token(collector: Collector) -> None:
    collector.trouble = 302
    with pytest.raises(AnswerError) as caught:
        HttpClient(collector.url, TOKEN).rollup()
    assert caught.value.message.code == "tui.fault.status"


@pytest.mark.parametrize(
    ("trouble", "code", "retry"),
    [
        (401, "tui.fault.token_refused", False),
        (403, "tui.fault.not_permitted", False),
        (404, "tui.fault.not_found", False),
        (503, "tui.fault.busy", True),
        (500, "tui.fault.status", True),
        ("garbage", "tui.fault.not_understood", False),
        ("strange", "tui.fault.not_understood", False),
        ("silence", "tui.fault.slow", True),
    ],
)
def test_each_trouble_has_a_name_and_says_whether_to_try_again(
    collector: Collector, trouble: int | str, code: str, retry: bool
) -> None:
    collector.trouble = trouble
    with pytest.raises(AnswerError) as caught:
        HttpClient(collector.url, TOKEN, timeout_s=0.2).rollup()
    assert (caught.value.message.code, caught.value.retry) == (code, retry)


def test_nobody_listening_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(AnswerError) as caught:
        HttpClient(f"http://127.0.0.1:{port}", TOKEN).rollup()
    assert caught.value.message.code == "tui.fault.unreachable"
    assert caught.value.retry


def test_plain_http_where_tls_was_asked_for_is_a_certificate_fault(collector: Collector) -> None:
    with pytest.raises(AnswerError) as caught:
        HttpClient(collector.url.replace("http:", "https:"), TOKEN).rollup()
    assert caught.value.message.code == "tui.fault.tls"


def test_the_address_that_is_shown_holds_no_password() -> None:
    assert HttpClient("https://user:secret@collector.example/base/", TOKEN).address == "https://collector.example/base"
