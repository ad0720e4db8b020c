"""Credentials are private from their first moment, and made once."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import durable, identity
from agent.errors import IdentityError, StateError
from agent.identity import Credentials
from contract.exit_code import ExitCode
from tests.agent.conftest import NOW

GIVEN = Credentials(
    collector_url="https://c.example", agent_id="agent-1", school_id="school-1", token="secret", enrolled_at=NOW
)
posix = pytest.mark.skipif(os.name == "nt", reason="Windows keeps no mode bits")


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@posix
def test_the_credentials_have_mode_600_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    durable.write(tmp_path / "credentials.json", b"{}")
    mode = stat.S_IMODE((tmp_path / "credentials.json").stat().st_mode)
    assert mode == 0o600 & ~umask


@posix
def test_there_is_no_moment_in_which_others_could_read_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    real = os.fsync

    def look(handle: int) -> None:
        if stat.S_ISREG(os.fstat(handle).st_mode):
            seen.append(stat.S_IMODE(os.fstat(handle).st_mode))
        real(handle)

    before = os.umask(0)
    try:
        monkeypatch.setattr(os, "fsync", look)
        identity.keep_credentials(tmp_path, GIVEN)
    finally:
        os.umask(before)
    assert seen == [0o600]


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o620])
def test_credentials_that_others_can_reach_are_refused(tmp_path: Path, mode: int) -> None:
    identity.keep_credentials(tmp_path, GIVEN)
    (tmp_path / identity.CREDENTIALS).chmod(mode)
    with pytest.raises(IdentityError) as caught:
        identity.credentials(tmp_path)
    assert caught.value.exit_code is ExitCode.NOT_PERMITTED
    assert caught.value.message.params["mode"] == f"{mode:04o}"


def test_credentials_come_back_as_given(tmp_path: Path) -> None:
    assert identity.credentials(tmp_path) is None
    identity.keep_credentials(tmp_path, GIVEN)
    assert identity.credentials(tmp_path) == GIVEN


def test_an_installation_is_made_once(tmp_path: Path) -> None:
    first = identity.installation(tmp_path / "new" / "state", os.urandom)
    assert identity.installation(tmp_path / "new" / "state", os.urandom) == first
    assert len(bytes.fromhex(first.install_id)) == 16
    assert len(bytes.fromhex(first.privacy_key)) == 32


def test_damaged_credentials_name_the_file(tmp_path: Path) -> None:
    durable.write(tmp_path / identity.CREDENTIALS, b"{")
    with pytest.raises(StateError, match="damaged"):
        identity.credentials(tmp_path)


def test_sequence_numbers_grow_by_one_and_survive(tmp_path: Path) -> None:
    assert [identity.next_sequence(tmp_path) for _ in range(3)] == [1, 2, 3]
    assert (tmp_path / identity.SEQUENCE).read_text() == "3"


def test_a_damaged_sequence_is_not_started_anew(tmp_path: Path) -> None:
    (tmp_path / identity.SEQUENCE).write_text("what")
    with pytest.raises(StateError):
        identity.next_sequence(tmp_path)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="/proc refuses root too; others are covered by it")
def test_a_folder_that_cannot_be_written_is_named() -> None:
    with pytest.raises(StateError) as caught:
        durable.write(Path("/proc/campus-test"), b"")
    assert caught.value.retry
    assert caught.value.message.params["path"] == "/proc/campus-test"
