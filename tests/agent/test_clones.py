"""One image on two machines, after enrolment: the real agent against the real collector."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from agent import identity
from agent.config import SpoolSettings
from agent.spool import Spool
from collector.config import CollectorConfig
from collector.identity.code import code_digest
from collector.store import agents, schools
from collector.store.agents import NewCode
from collector.store.engine import database_url
from collector.store.schema import report
from collector.store.store import Store
from tests.collector.conftest import REGISTER, Server, SetClock, running

ROOT = Path(__file__).parents[2]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    now = SetClock()
    with Store(database_url("collector.db", tmp_path), now) as store:
        store.write(schools.put, [(school, now()) for school in REGISTER])
        with running(store, now, CollectorConfig()) as made:
            yield made


class Machine:
    """An agent with a state folder of its own."""

    def __init__(self, state: Path) -> None:
        self.state = state

    def run(self, *argv: str) -> tuple[int, str]:
        environ = {**os.environ, "CAMPUS_STATE": str(self.state), "CAMPUS_LANG": "en", "no_proxy": "*"}
        command = [sys.executable, "-m", "agent", *argv]
        done = subprocess.run(command, env=environ, cwd=ROOT, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    @property
    def agent_id(self) -> str:
        found = identity.credentials(self.state)
        assert found is not None
        return found.agent_id


def code_for(server: Server, text: str) -> str:
    expires = server.now() + timedelta(days=14)
    new = NewCode(school_id="S1", digest=code_digest(text), created_at=server.now(), expires_at=expires)
    server.store.write(agents.add_codes, [new])
    return text


def stored(server: Server) -> list[tuple[str, str]]:
    with server.store.reading() as connection:
        rows = connection.execute(select(report.c.agent_id, report.c.report_id).order_by(report.c.report_id)).all()
    return [(row.agent_id, row.report_id) for row in rows]


def test_clones_are_seen_lose_nothing_and_are_told_apart_by_one_command(server: Server, tmp_path: Path) -> None:
    original = Machine(tmp_path / "original")
    assert original.run("enroll", server.url, code_for(server, "7K2MX9QFTD"))[0] == 0
    assert original.run("run", "--only", "host")[0] == 0
    shutil.copytree(original.state, tmp_path / "clone")
    clone = Machine(tmp_path / "clone")
    told = [machine.run("run", "--only", "host") for machine in (original, clone, original, clone)]
    assert [code for code, _ in told] == [0, 0, 0, 0]
    seen = ["another machine with this one's identity" in out for _, out in told]
    assert seen[2:] == [True, True], "at the latest when the first one comes round again, both are told"
    assert len(stored(server)) == 5, "neither overwrites the other"
    assert original.run("doctor")[0] == 77
    clone.run("run", "--only", "host", "--no-deliver")
    code, out = clone.run("enroll", server.url, code_for(server, "8K2MX9QFTE"), "--again")
    assert code == 0, out
    assert clone.agent_id != original.agent_id
    for machine in (clone, original):
        code, out = machine.run("run", "--only", "host")
        assert code == 0, out
    assert Spool(clone.state / "spool", SpoolSettings()).waiting() == []
    owners = [agent_id for agent_id, _ in stored(server)]
    assert (owners.count(original.agent_id), owners.count(clone.agent_id)) == (6, 2)
    assert clone.run("doctor")[1].count("another machine") == 0
