"""Reports carried by hand: from a real agent's export, through the real command, into the real store."""

import json
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select

from agent import carry, identity, signing
from agent.config import SpoolSettings
from agent.signing import Signer
from agent.spool import Spool
from collector import cli
from collector.identity.token import token_digest
from collector.store import agents
from collector.store.agents import Accepted, Enrolment, NewCode
from collector.store.engine import database_url
from collector.store.schema import report, school_dirty, scorecard
from collector.store.store import Store
from contract.carry import Received
from contract.wire import decode
from tests.agent.conftest import NOW, make_report

TOKEN = "ca_agent_school-1_" + "s" * 43


@dataclass(frozen=True)
class Bureau:
    """A county's machine with one enrolled agent, and that agent's folder."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def run(self, *arguments: str) -> tuple[int, str, str]:
        code = cli.main([*arguments, "--config", str(self.folder / "config.yaml")])
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def count(self) -> int:
        with self.store() as store, store.reading() as connection:
            return connection.scalar(select(func.count()).select_from(report)) or 0

    def store(self) -> Store:
        return Store(database_url("collector.db", self.folder / "state"), lambda: NOW)

    @property
    def spool(self) -> Spool:
        made = Spool(self.folder / "agent" / "spool", SpoolSettings())
        made.open()
        return made

    def export(self, name: str = "carried.zip", *, token: str = TOKEN) -> Path:
        given = identity.Credentials(
            collector_url="https://c.example", agent_id="agent-1", school_id="school-1", token=token, enrolled_at=NOW
        )
        key = signing.make_key(os.urandom)
        raw, _ = carry.bundle(self.spool, given, Signer(self.folder / "agent", "agent-1", key), NOW)
        path = self.folder / name
        path.write_bytes(raw)
        return path


@pytest.fixture
def bureau(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Bureau:
    monkeypatch.setenv("CAMPUS_LANG", "en")
    made = Bureau(tmp_path, capsys)
    (tmp_path / "config.yaml").write_text(json.dumps({"collector": {"state_folder": str(tmp_path / "state")}}))
    (tmp_path / "schools.csv").write_text("id,name,county,kind\nschool-1,示例一小,示例县,小学\n")
    assert made.run("schools", "import", str(tmp_path / "schools.csv"))[0] == 0
    with made.store() as store:
        code = NewCode(school_id="school-1", digest="d" * 64, created_at=NOW, expires_at=NOW.replace(year=2030))
        store.write(agents.add_codes, [code])
        wanted = Enrolment(
            school_id="school-1",
            code_digest="d" * 64,
            install_id="ab" * 16,
            agent_id="agent-1",
            token_digest=token_digest(TOKEN),
            expires_at=None,
            now=NOW,
        )
        assert isinstance(store.write(agents.enrol, [wanted])[0], Accepted)
    return made


def test_carried_reports_are_taken_in_once_and_forgotten_at_the_school_by_the_receipt(bureau: Bureau) -> None:
    for number in (1, 2, 3):
        bureau.spool.add(make_report(number))
    path = bureau.export()
    code, out, err = bureau.run("import-spool", str(path))
    assert (code, err) == (0, "")
    assert "3 new reports, 0 known ones, 0 whose id is taken" in out
    assert bureau.count() == 3
    code, out, _ = bureau.run("import-spool", str(path), "--json")
    assert (code, json.loads(out)["again"], bureau.count()) == (0, 3, 3)
    bureau.spool.add(make_report(4))
    receipt = path.with_name("carried.zip.receipt")
    assert carry.settle(bureau.spool, receipt.read_bytes(), "agent-1") == 3
    assert [entry.sequence for entry in bureau.spool.waiting()] == [4]


def test_a_new_report_is_scored_at_once(bureau: Bureau) -> None:
    bureau.spool.add(make_report(1))
    bureau.run("import-spool", str(bureau.export()))
    with bureau.store() as store, store.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(school_dirty)) == 0
        assert (connection.scalar(select(func.count()).select_from(scorecard)) or 0) >= 1


def rewritten(path: Path, name: str, change: bytes | None) -> Path:
    """The archive with one member changed, or left out."""
    target = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for member in old.namelist():
            if not member.startswith(name):
                new.writestr(member, old.read(member))
            elif change is not None:
                new.writestr(member, old.read(member)[:-1] + change)
    return target


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("reports/", b"X", "damaged or missing"),
        ("reports/", None, "damaged or missing"),
        ("carry.json", None, "damaged or missing"),
    ],
)
def test_a_file_that_was_damaged_on_its_way_changes_nothing(
    bureau: Bureau, name: str, change: bytes | None, words: str
) -> None:
    for number in (1, 2):
        bureau.spool.add(make_report(number))
    code, _, err = bureau.run("import-spool", str(rewritten(bureau.export(), name, change)))
    assert (code, bureau.count()) == (65, 0)
    assert words in err


def test_reports_that_the_agent_did_not_make_are_refused(bureau: Bureau) -> None:
    bureau.spool.add(make_report(1))
    code, _, err = bureau.run("import-spool", str(bureau.export(token=TOKEN[:-1] + "x")))
    assert (code, bureau.count()) == (65, 0)
    assert "not proven to come from agent agent-1" in err


def test_a_file_of_an_unknown_agent_or_none_at_all_is_refused(bureau: Bureau) -> None:
    bureau.spool.add(make_report(1))
    raw, _ = carry.bundle(
        bureau.spool,
        identity.Credentials(
            collector_url="https://c.example", agent_id="agent-9", school_id="school-1", token=TOKEN, enrolled_at=NOW
        ),
        Signer(bureau.folder, "agent-9", None),
        NOW,
    )
    path = bureau.folder / "other.zip"
    path.write_bytes(raw)
    assert "has no agent agent-9" in bureau.run("import-spool", str(path))[2]
    path.write_bytes(b"PK nonsense")
    assert bureau.run("import-spool", str(path))[0] == 65
    assert bureau.run("import-spool", str(bureau.folder / "nowhere.zip"))[0] == 65


def test_a_signed_file_is_confirmed_by_the_key_that_the_agent_showed() -> None:
    from collector.commands.import_spool import Known, _confirmed
    from contract.carry import CHAIN, Carried, Carry

    key, body = signing.make_key(os.urandom), b"body"
    signer = Signer(Path("/nonexistent"), "agent-1", key)
    item = Carried(
        name="reports/x",
        report_id="r",
        sequence=1,
        proof="token -",
        signature=signer.signature("r", 1, CHAIN, body),
        sha256="0" * 64,
    )
    contents = Carry(schema=1, school_id="school-1", agent_id="agent-1", exported_at=NOW, reports=[item])
    known = Known([], signing.public_key(key))
    assert _confirmed(contents, item, body, known)
    assert not _confirmed(contents, item, body + b"!", known)
    assert not _confirmed(contents, item, body, Known([], signing.public_key(signing.make_key(os.urandom))))
    assert not _confirmed(contents, item, body, Known([token_digest(TOKEN)], None))


def test_the_receipt_names_the_agent(bureau: Bureau) -> None:
    bureau.spool.add(make_report(1))
    bureau.run("import-spool", str(bureau.export()), "--receipt", str(bureau.folder / "r"))
    told = decode((bureau.folder / "r").read_bytes(), Received)
    assert (told.agent_id, len(told.report_ids)) == ("agent-1", 1)
