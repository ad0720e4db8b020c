"""Reaching a service: the name resolved and a TCP connection made, both within a time limit that holds."""

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from checks.registry import CheckError
from contract.reason import ReasonCode

_DEFAULT_PORTS = {"http": 80, "https": 443}
_PATIENCE_S = 1.5
"""For one address while others wait: an IPv6 black hole must not use up the time of IPv4. One SYN retransmit is at 1 s."""

Resolver = Callable[..., Any]
"""``socket.getaddrinfo``, or something like it."""


class UnreachableError(CheckError):
    """The service could not be reached; ``problem`` says at which step."""

    def __init__(self, problem: str) -> None:
        super().__init__(ReasonCode.READING_FAILED, problem=problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Service:
    """Where a URL points to. ``host`` is a name or an IP literal without brackets."""

    host: str
    port: int
    tls: bool


@dataclass(frozen=True, slots=True)
class Reached:
    """A TCP connection that was made: the peer's IP literal, our own, and the seconds the handshake took."""

    address: str
    source: str
    seconds: float


def service(url: str) -> Service:
    """Host and port of an ``http`` or ``https`` URL. Raises :class:`UnreachableError` when it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UnreachableError(f"{url}: {error}") from error
    if not parts.hostname or parts.scheme not in _DEFAULT_PORTS:
        raise UnreachableError(f"{url}: no host")
    return Service(parts.hostname, port or _DEFAULT_PORTS[parts.scheme], parts.scheme == "https")


def resolve(
    host: str,
    port: int,
    *,
    timeout_s: float,
    family: socket.AddressFamily = socket.AF_UNSPEC,
    resolver: Resolver = socket.getaddrinfo,
) -> list[str]:
    """
    Addresses of ``host`` in the system's order (hosts file included), IP literals with their zone.

    The system's resolver cannot be interrupted and may take far longer than ``timeout_s``; it runs in a daemon thread that
    is left behind when it does. Raises :class:`UnreachableError`.
    """
    answers: list[str] = []
    problems: list[str] = []

    def ask() -> None:
        try:
            for found in resolver(host, port, family, socket.SOCK_STREAM):
                address = str(found[4][0])
                if address not in answers:
                    answers.append(address)
        except (OSError, UnicodeError) as error:
            problems.append(str(error))

    worker = threading.Thread(target=ask, name="resolve", daemon=True)
    worker.start()
    worker.join(timeout_s)
    if worker.is_alive():
        raise UnreachableError(f"{host}: no answer from name resolution within {timeout_s:g} s")
    if not answers:
        raise UnreachableError(f"{host}: {problems[0] if problems else 'no address'}")
    return answers


def reach(
    target: Service, *, timeout_s: float, clock: Callable[[], float], resolver: Resolver = socket.getaddrinfo
) -> Reached:
    """Connect to the first address of ``target`` that answers, and close. Raises :class:`UnreachableError`."""
    end = clock() + timeout_s
    addresses = resolve(target.host, target.port, timeout_s=timeout_s, resolver=resolver)
    problem = "no time left after name resolution"
    for place, address in enumerate(addresses):
        left = end - clock()
        if left <= 0:
            break
        limit = left if place == len(addresses) - 1 else min(left, _PATIENCE_S)
        begun = clock()
        try:
            with socket.create_connection((address, target.port), timeout=limit) as connection:
                source = str(connection.getsockname()[0]).partition("%")[0]
                return Reached(address, source, clock() - begun)
        except OSError as error:
            problem = f"{address}: {error}"
    raise UnreachableError(problem)
