"""``campus-agent inventory`` says what was sent, in both languages, and needs no collector."""

import datetime as dt
import json
import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from agent import history
from contract.outcome import CheckStatus
from contract.report import CheckRun, Device, DeviceKind, Platform, Report
from tests.checks.inside import ROOT

PHONE = Device(key="0123456789abcdef", personal=True, kind=DeviceKind.PHONE, confidence=0.9)
PRINTER = Device(
    key="00:1b:a9:00:00:01",
    mac="00:1b:a9:00:00:01",
    ipv4=["10.40.0.9"],
    kind=DeviceKind.PRINTER,
    confidence=0.98,
    evidence=["mdns:_ipp._tcp"],
    vendor="Brother industries, LTD.",
    name="office-2",
)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def keep(state: Path) -> None:
    run = CheckRun(check="inventory", version=2, status=CheckStatus.OK, devices=[PHONE, PRINTER])
    report = Report(
        schema=1,
        report_id=UUID(int=1),
        school_id="S1",
        agent_id="A1",
        agent_version="1",
        sequence=1,
        started_at=dt.datetime(2026, 9, 1, tzinfo=dt.UTC),
        duration_s=1,
        platform=Platform(system="linux"),
        runs=[run],
    )
    history.keep(state, report, 3)


def said(state: Path, *arguments: str, language: str = "en") -> str:
    environ = {**os.environ, "CAMPUS_STATE": str(state), "LANG": "C.UTF-8", "CAMPUS_LANG": language, "LANGUAGE": language}
    config = state.parent / "config.yaml"
    config.write_text(json.dumps({"agent": {"state_folder": str(state)}}))
    command = [sys.executable, "-m", "agent", "inventory", "--config", str(config), *arguments]
    return subprocess.run(command, env=environ, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def test_before_the_first_run_it_says_what_to_do(state: Path) -> None:
    assert "campus-agent run" in said(state)


def test_equipment_is_listed_with_what_its_kind_rests_on_and_persons_are_counted(state: Path) -> None:
    keep(state)
    text = said(state)
    assert all(part in text for part in ("98%", "10.40.0.9", "office-2", "mdns:_ipp._tcp"))
    assert PHONE.key not in text
    assert "2" in text.splitlines()[-1]


def test_it_shows_word_for_word_what_leaves_about_a_person(state: Path) -> None:
    keep(state)
    text = said(state, "--explain-privacy")
    (shown,) = [json.loads(line) for line in text.splitlines() if PHONE.key in line]
    assert shown == {"key": PHONE.key, "personal": True, "kind": "phone", "confidence": 0.9}


def test_json_is_the_list_of_devices(state: Path) -> None:
    keep(state)
    assert [one["key"] for one in json.loads(said(state, "--json"))] == [PHONE.key, PRINTER.key]
