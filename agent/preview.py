"""The score of this machine's own reports, by the very function the collector uses. Works without a collector."""

import datetime as dt
import importlib.util
from pathlib import Path

from msgspec.structs import asdict, replace

from agent import durable, history
from agent.audit import NOT_ENROLLED
from agent.config import SchoolFacts
from agent.errors import AgentError, SetupError
from agent.identity import Credentials
from agent.uplink import Uplink
from contract.school import School
from contract.score import Scorecard
from contract.wire import WireError, decode, encode

SCHOOL = "school.json"


def preview(state: Path, school: School, pack_id: str, now: dt.datetime) -> Scorecard:
    """
    Score the reports in ``state`` that belong to ``school`` under a shipped pack, as of ``now``.

    The time of a measurement is here this machine's own; the collector uses its time of receipt. Raises
    :class:`criteria.errors.CriteriaError` for a pack that does not exist.
    """
    if importlib.util.find_spec("yaml") is None:
        raise SetupError("agent.preview.no_yaml")
    from criteria import pack as packs  # noqa: PLC0415 - packs are YAML, which not every machine can read
    from criteria.facts import gather  # noqa: PLC0415 - as above
    from criteria.score import score_school  # noqa: PLC0415 - as above

    pack = packs.find(pack_id)
    own = [(report, report.started_at) for report in history.reports(state) if report.school_id == school.id]
    return score_school(pack, gather(school, own), now)


def school_facts(state: Path, given: SchoolFacts, enrolled: Credentials | None, uplink: Uplink | None) -> School:
    """
    The school to judge: the register's entry as far as it is known, with what the configuration says laid over it.

    With an ``uplink`` the register is asked, and its answer kept for the next time without one. :class:`SetupError` when
    neither knows the kind of school: which criteria apply depends on it.
    """
    registered = _from_register(state, enrolled, uplink)
    stated = {name: value for name, value in asdict(given).items() if value is not None}
    if registered is not None:
        return replace(registered, **stated)
    if given.kind is None:
        raise SetupError("agent.preview.no_kind")
    school_id = enrolled.school_id if enrolled else NOT_ENROLLED
    return School(**{"id": school_id, "name": school_id, "county": NOT_ENROLLED, **stated})


def _from_register(state: Path, enrolled: Credentials | None, uplink: Uplink | None) -> School | None:
    if enrolled is None:
        return None
    path = state / SCHOOL
    if uplink is not None:
        try:
            school = uplink.school().school
        except AgentError:  # offline is the ordinary case of a preview; the last answer serves
            pass
        else:
            durable.write(path, encode(school))
            return school
    raw = durable.read(path)
    if raw is None:
        return None
    try:
        kept = decode(raw, School)
    except WireError:
        return None
    return kept if kept.id == enrolled.school_id else None
