"""What is off is named with its cure, and the exit code is that of the worst."""

import datetime as dt
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agent import identity
from agent.config import Configuration, load
from agent.doctor import Diagnosis, State, diagnose
from agent.show import doctor_table
from agent.spool import ParkReason, Spool
from agent.uplink import Uplink
from checks.registry import Check, all_checks
from contract.wire import decode, encode
from locales.table import width
from locales.texts import Texts
from tests.agent.conftest import NOW, Collector, make_report


def refuse(*_: Any) -> socket.socket:
    """A machine on which no special socket opens."""
    raise PermissionError(1, "Operation not permitted")


def look(
    state: Path,
    *,
    checks: Sequence[Check] = (),
    skew_s: float = 0,
    config: Configuration | None = None,
    timeout_s: float = 5,
    scheduled: Sequence[str] = (),
    missing: Sequence[str] = (),
) -> Diagnosis:
    return diagnose(
        config or Configuration(load(None), None, state),
        checks,
        lambda given: Uplink(given.collector_url, token=given.token, timeout_s=timeout_s),
        wall=lambda: dt.datetime.now(dt.UTC) + dt.timedelta(seconds=skew_s),
        version="1",
        platform="linux",
        open_socket=refuse,
        scheduled=lambda: scheduled,
        has=lambda name: name not in missing,
    )


def enrol(state: Path, url: str) -> None:
    given = identity.Credentials(collector_url=url, agent_id="a", school_id="s", token="t", enrolled_at=NOW)
    identity.keep_credentials(state, given)


def states(diagnosis: Diagnosis) -> dict[str, State]:
    return {found.area: found.state for found in diagnosis.findings}


def test_without_enrolment_it_ends_with_77(tmp_path: Path) -> None:
    diagnosis = look(tmp_path)
    assert diagnosis.exit_code == 77
    assert states(diagnosis)["identity"] is State.BAD


def test_without_the_collector_it_ends_with_69(tmp_path: Path) -> None:
    enrol(tmp_path, "http://127.0.0.1:9")
    diagnosis = look(tmp_path)
    assert diagnosis.exit_code == 69
    assert states(diagnosis)["collector"] is State.BAD


def test_credentials_that_others_can_read_end_with_77(tmp_path: Path) -> None:
    enrol(tmp_path, "http://127.0.0.1:9")
    (tmp_path / identity.CREDENTIALS).chmod(0o644)
    found = next(item for item in look(tmp_path).findings if item.area == "identity")
    assert (found.exit_code, found.message.params["mode"]) == (77, "0644")


@pytest.mark.parametrize(
    ("skew_s", "state"), [(0, State.GOOD), (290, State.GOOD), (-310, State.LIMITED), (9e7, State.LIMITED)]
)
def test_a_clock_more_than_five_minutes_off_is_told(
    tmp_path: Path, collector: Collector, skew_s: float, state: State
) -> None:
    enrol(tmp_path, collector.url)
    diagnosis = look(tmp_path, skew_s=skew_s)
    assert (states(diagnosis)["clock"], diagnosis.exit_code) == (state, 0)


def test_the_spool_is_counted(tmp_path: Path, collector: Collector) -> None:
    enrol(tmp_path, collector.url)
    spool = Spool(tmp_path / "spool", load(None).spool)
    spool.open()
    spool.add(make_report(1))
    spool.park(spool.add(make_report(2)), ParkReason(status=422, at=NOW))
    found = next(item for item in look(tmp_path).findings if item.area == "spool")
    assert found.message.params == {"waiting": 1, "parked": 1, "dropped": 0, "trimmed": 0}
    assert found.state is State.LIMITED


def test_a_machine_without_privileges_is_told_what_it_misses(tmp_path: Path) -> None:
    found = states(look(tmp_path))
    assert (found["raw"], found["ping"], found["ipv6"]) == (State.LIMITED, State.LIMITED, State.LIMITED)


def test_a_check_that_is_turned_off_is_told(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("agent: {checks: {host: {enabled: false}}}")
    diagnosis = look(tmp_path, checks=[*all_checks().values()], config=Configuration(load(path), path, tmp_path))
    assert states(diagnosis)["check:host"] is State.LIMITED
    assert {f"check:{name}" for name in all_checks()} <= set(states(diagnosis))


def test_looking_changes_nothing(tmp_path: Path) -> None:
    look(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_json_comes_back_as_it_was(tmp_path: Path) -> None:
    diagnosis = look(tmp_path, checks=[*all_checks().values()])
    assert decode(encode(diagnosis), Diagnosis) == diagnosis


def test_the_table_is_aligned_and_says_everything_in_words(tmp_path: Path, texts: Texts) -> None:
    lines = doctor_table(look(tmp_path, checks=[*all_checks().values()]), all_checks(), texts, 100).splitlines()
    assert "agent." not in "\n".join(lines)
    assert max(map(width, lines)) <= 100
    assert lines[1].startswith("─  ─")
    assert {line[:3] for line in lines[2:]} <= {"✓  ", "!  ", "✗  ", "   "}
