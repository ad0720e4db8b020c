"""
``/v1/slots``: one speed test at a time in a school, never more at a server than it bears, never during lessons.

State: ``app.state.gate`` is a :class:`collector.slots.gate.Gate`.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from collector.api.answer import json_answer
from collector.api.problem import ProblemError
from collector.api.writing import written
from collector.identity.principal import Role, require
from collector.slots.gate import Gate
from collector.slots.leases import Asked
from contract.api import SlotAnswer

_MEGABYTE = 1e6


async def ask(request: Request) -> Response:
    """A :class:`contract.api.SlotAnswer`; the line is told by the address that the agent comes from."""
    principal = await require(request, Role.AGENT)
    gate: Gate = request.app.state.gate
    now = request.app.state.clock.now()
    peer = (request.client.host if request.client else "").removeprefix("::ffff:")
    # A school behind one router shows one IPv4 address, but an IPv6 address per machine: its first 48 bits are the site's.
    uplink = ":".join(peer.split(":")[:3]) if ":" in peer else peer
    asked = Asked(school_id=principal.school_id or "", agent_id=principal.agent_id or "", uplink=uplink, at=now)
    found = await written(request, gate.leases.ask, asked)
    return json_answer(
        SlotAnswer(
            state=found.state.value,
            wait_s=round(gate.leases.start_in_s(found, now), 1),
            slot=found.slot,
            used_megabytes=round(found.used_bytes / _MEGABYTE, 1),
            budget_megabytes=round(gate.leases.budget_bytes / _MEGABYTE, 1),
        )
    )


async def finish(request: Request) -> Response:
    """The test is over: 204; 404 when there is no such slot of the caller's school."""
    principal = await require(request, Role.AGENT)
    gate: Gate = request.app.state.gate
    item = (principal.school_id or "", request.path_params["slot"], request.app.state.clock.now())
    if not await written(request, gate.leases.finish, item):
        raise ProblemError(404, "problem.slot_unknown")
    return Response(status_code=204)


routes = [
    Route("/v1/slots", ask, methods=["POST"]),
    Route("/v1/slots/{slot}", finish, methods=["DELETE"]),
]
