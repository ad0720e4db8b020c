"""The made-up county: believable, marked as such, and judged by the real pack."""

import os
import pty
import subprocess
import sys
import termios
from datetime import timedelta
from pathlib import Path

from contract.outcome import Outcome, Verdict
from locales.texts import Texts
from tests.tui.county import NOW
from tests.tui.piloting import Reader, clock, pilot
from tui.app import CampusApp
from tui.demo.county import DemoCounty


def test_it_holds_every_verdict_silence_and_reasons_of_the_real_pack() -> None:
    county = DemoCounty(NOW, 300)
    rows = next(county.pages()).items
    assert len(rows) == 300
    assert {row.verdict for row in rows} == set(Verdict)
    assert any(row.last_report_at is None for row in rows)
    assert any(row.last_report_at and NOW - row.last_report_at > timedelta(days=7) for row in rows)
    outcomes = {result.outcome for row in rows[:60] for result in county.school(row.id).scorecards[0].results}
    assert {Outcome.MET, Outcome.UNMET, Outcome.UNKNOWN, Outcome.MANUAL, Outcome.NOT_APPLICABLE} <= outcomes
    rollup = county.rollup()
    assert rollup.meets + rollup.falls_short + rollup.undecided == rollup.schools == 300
    assert rollup.targets


def test_the_same_seed_gives_the_same_county() -> None:
    one, other = DemoCounty(NOW, 20), DemoCounty(NOW, 20)
    assert next(one.pages()) == next(other.pages())
    assert one.school("demo-0007") == other.school("demo-0007")


def test_every_screen_says_that_the_data_is_made_up() -> None:
    app = CampusApp(DemoCounty(NOW, 30), Texts("zh_CN"), clock, notice="tui.demo.notice")

    async def script(reader: Reader) -> None:
        assert "示例数据" in reader.lines[0]
        await reader.press("enter")
        assert "示例数据" in reader.lines[0]
        await reader.press("escape", "equals_sign")
        assert "示例数据" in reader.lines[0]

    pilot(app, script)


def test_it_needs_neither_token_nor_collector(tmp_path: Path) -> None:
    main, other = pty.openpty()
    termios.tcsetwinsize(other, (30, 100))
    program = subprocess.Popen(
        [sys.executable, "-m", "tui", "--demo", "--lang", "en"],
        stdin=other,
        stdout=other,
        stderr=other,
        env={**os.environ, "TERM": "xterm-256color", "CAMPUS_STATE": str(tmp_path)},
    )
    os.close(other)
    seen = b""
    while b"SAMPLE DATA" not in seen:
        seen += os.read(main, 1 << 16)
    os.write(main, b"q")
    while program.poll() is None:
        try:
            os.read(main, 1 << 16)
        except OSError:  # the other end has gone
            break
    assert program.wait(30) == 0
    os.close(main)
    assert list(tmp_path.iterdir()) == []
