"""A line for people; nothing for cron."""

import io

import pytest

from agent.progress import Line, RunLine
from contract.message import Message
from contract.outcome import CheckStatus
from contract.report import CheckRun
from locales.texts import Texts
from tests.agent.misbehaving import check

RUN = CheckRun(check="well", version=3, status=CheckStatus.ERROR)


def shown(*, live: bool, errors: str = "") -> tuple[str, str]:
    stream, log = io.StringIO(), io.StringIO()
    watcher = RunLine(Line(stream, live=live), Texts("en"), 2, log)
    watcher.started(check("well"))
    watcher.stage(check("well"), Message("agent.area.disk"), 0.5)
    watcher.ended(check("well"), RUN, errors)
    return stream.getvalue(), log.getvalue()


def test_a_terminal_sees_the_check_its_stage_and_its_end() -> None:
    text, _ = shown(live=True)
    assert "[1/2] well：disk 50%" in text
    assert text.endswith("[1/2] well：error\n")


def test_nothing_is_written_where_nobody_looks() -> None:
    assert shown(live=False)[0] == ""


@pytest.mark.parametrize("live", [True, False])
def test_what_a_broken_check_said_goes_into_the_log_without_control_characters(live: bool) -> None:
    assert shown(live=live, errors="Traceback\n\x1b[31mred")[1] == "well: Traceback\nwell: \ufffd[31mred\n"
