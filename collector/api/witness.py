"""
``GET /v1/witness``: the address that the collector sees an agent at, and bytes to measure both families with.

An agent's word that it has IPv6 can be wrong or false; the collector's own socket cannot. :func:`vouch` puts the collector's
word behind what a report says, and takes away a word that the report claims by itself.
"""

import os
from collections import OrderedDict
from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from checks.network.addresses import AddressClass, classify
from collector.api.answer import json_answer
from collector.api.problem import ProblemError
from collector.identity.principal import Principal, Role, require
from contract.api import Witness
from contract.outcome import Path, Provenance
from contract.report import CheckRun, Measurement, Report

MOST_BYTES = 512 * 1024
_BULK = os.urandom(MOST_BYTES)
"""Random, so that nothing on the way can make it smaller."""
REMEMBERED_S = 1800.0
"""A report is posted when all checks are done, a bandwidth measurement among them."""
_MOST_AGENTS = 100_000
VOUCHED = frozenset({"ipv6.witnessed", "ipv6.ready", "ipv6.http", "ipv6.level"})
"""What a global IPv6 address seen by the collector shows: HTTP over IPv6, all the way."""


class Sightings:
    """Which agents were lately seen over native IPv6. Of this process; the post of the report itself counts as well."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()

    def note(self, who: Principal, address: str) -> None:
        """An agent was seen at ``address``."""
        if ":" in address and classify(address) is AddressClass.GLOBAL and who.school_id and who.agent_id:
            key = (who.school_id, who.agent_id)
            self._seen[key] = self._monotonic()
            self._seen.move_to_end(key)
            while len(self._seen) > _MOST_AGENTS:
                self._seen.popitem(last=False)

    def holds(self, school_id: str, agent_id: str) -> bool:
        """Whether the agent was seen within :data:`REMEMBERED_S`."""
        at = self._seen.get((school_id, agent_id))
        return at is not None and self._monotonic() - at <= REMEMBERED_S


def peer_of(request: Request) -> str:
    """The peer's IP literal; an IPv4 client of a dual-stack socket is an IPv4 address."""
    return (request.client.host if request.client else "").removeprefix("::ffff:")


async def witness(request: Request) -> Response:
    """The :class:`contract.api.Witness`. A query is ignored: a long one makes the request large."""
    who = await require(request, Role.AGENT)
    address = peer_of(request)
    request.app.state.sightings.note(who, address)
    return json_answer(Witness(address=address))


async def bulk(request: Request) -> Response:
    """As many random bytes as the path asks for; 422 for more than :data:`MOST_BYTES`."""
    await require(request, Role.AGENT)
    size = request.path_params["size"]
    if size > MOST_BYTES:
        raise ProblemError(422, "problem.bad_query", field="size", expected=f"int <= {MOST_BYTES}")
    return Response(_BULK[:size], 200, {"Cache-Control": "no-store"}, "application/octet-stream")


def vouch(request: Request, sender: Principal, report: Report) -> Report:
    """
    ``report`` with the collector's word where it has seen for itself, and nowhere else.

    A good value of :data:`VOUCHED` that crossed the gateway becomes ``server_verified`` when this agent was seen at a global
    IPv6 address; ``server_verified`` in a report that comes in is what an agent says of itself, and counts as such.
    """
    sightings: Sightings = request.app.state.sightings
    sightings.note(sender, peer_of(request))
    seen = sightings.holds(report.school_id, report.agent_id)
    return msgspec.structs.replace(report, runs=[_vouched(run, seen) for run in report.runs])


def _vouched(run: CheckRun, seen: bool) -> CheckRun:
    return msgspec.structs.replace(run, measurements=[_worded(item, seen) for item in run.measurements])


def _worded(item: Measurement, seen: bool) -> Measurement:
    if seen and item.name in VOUCHED and item.path is Path.WAN and item.value not in (None, False):
        return msgspec.structs.replace(item, provenance=Provenance.SERVER_VERIFIED)
    if item.provenance is Provenance.SERVER_VERIFIED and item.name.startswith(("ipv6.", "website.")):
        return msgspec.structs.replace(item, provenance=Provenance.AGENT_MEASURED)
    return item


routes = [
    Route("/v1/witness", witness, methods=["GET"]),
    Route("/v1/witness/{size:int}", bulk, methods=["GET"]),
]
