"""Reaching a service on loopback, within the limit."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from checks.network.reach import Service, UnreachableError, reach, resolve, service


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_it_reaches_a_listening_port_and_says_which_address_answered(port: int) -> None:
    found = reach(Service("127.0.0.1", port, tls=False), timeout_s=3, clock=time.monotonic)
    assert (found.address, found.source) == ("127.0.0.1", "127.0.0.1")


def test_it_goes_on_to_the_next_address_when_one_refuses(port: int) -> None:
    def both(*_: object) -> list[tuple[object, ...]]:
        return [(0, 0, 0, "", ("127.0.0.2", port)), (0, 0, 0, "", ("127.0.0.1", port))]

    found = reach(Service("collector.example", port, tls=False), timeout_s=3, clock=time.monotonic, resolver=both)
    assert found.address == "127.0.0.1"


def test_a_closed_port_is_unreachable_and_named(port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(UnreachableError) as caught:
            reach(Service("127.0.0.1", taken.getsockname()[1], tls=False), timeout_s=3, clock=time.monotonic)
    assert "127.0.0.1" in caught.value.problem


def test_name_resolution_that_hangs_is_left_behind() -> None:
    release = threading.Event()

    def hanging(*_: object) -> list[tuple[object, ...]]:
        release.wait(30)
        return []

    with pytest.raises(UnreachableError, match="no answer from name resolution"):
        resolve("collector.example", 80, timeout_s=0.05, resolver=hanging)
    release.set()


def test_an_unknown_name_is_unreachable_with_the_resolvers_words() -> None:
    def unknown(*_: object) -> list[tuple[object, ...]]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(UnreachableError, match="Name or service not known"):
        resolve("collector.example", 80, timeout_s=3, resolver=unknown)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://collector.example", Service("collector.example", 443, tls=True)),
        ("http://10.0.0.1:8470/", Service("10.0.0.1", 8470, tls=False)),
        ("http://[2400:da00::1]:8470", Service("2400:da00::1", 8470, tls=False)),
    ],
)
def test_urls_are_taken_apart(url: str, expected: Service) -> None:
    assert service(url) == expected


@pytest.mark.parametrize("url", ["ftp://collector.example", "http://", "http://h:99999", "collector.example"])
def test_urls_without_a_service_are_refused(url: str) -> None:
    with pytest.raises(UnreachableError):
        service(url)
