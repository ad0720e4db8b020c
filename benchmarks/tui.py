"""
What the list of schools costs at 50,000 rows, measured at the terminal's end of a pseudo terminal.

    python -m benchmarks.tui [--rows 50000] [--anchor-rows 50000]

Two programs run one after the other: the dashboard's own table over a paging client, and Textual's ``DataTable`` with the
same rows (the anchor). Times run from the key's bytes written to the first, or the last, bytes read; ``pilot.press`` would
add about 84 ms of its own. Ratios compare runs of the same minutes, so that a busy machine slows both. The dashboard asks a
collector in another process, page by page, so that its memory is its own; the anchor makes its rows itself.
"""

import argparse
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROWS, COLUMNS, LINES = 50_000, 160, 45
QUIET_S = 0.08
"""Nothing read and nothing computed for this long: the screen has settled."""
FILTER_KEYS = ("实", "验", "\x7f", "\x7f", "安", "吉", "\x7f", "\x7f")


@dataclass(frozen=True, slots=True)
class Key:
    """One key: milliseconds to the first byte, to the last byte, of the program's own processor time, and bytes drawn."""

    echo_ms: float
    settled_ms: float
    cpu_ms: float
    drawn_bytes: int


class Terminal:
    """A program in a pseudo terminal."""

    def __init__(self, *arguments: str) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(
                TERM="xterm-256color", COLORTERM="truecolor", LANG="C.UTF-8", COLUMNS=str(COLUMNS), LINES=str(LINES)
            )
            os.execv(sys.executable, [sys.executable, "-m", "benchmarks.tui", *arguments])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))

    def read(self, limit_s: float = 60.0) -> tuple[float | None, float | None, bytes]:
        """
        (time of the first byte, of the last one, all bytes), read until something was drawn and the program rests.

        It rests when nothing was read for ``QUIET_S`` and it used no processor time meanwhile: DataTable draws the typed
        key and then works on for seconds before the list follows.
        """
        start, first, last, got = time.monotonic(), None, None, b""
        used = self.cpu_ms()
        while time.monotonic() - start < limit_s:
            if not select.select([self.fd], [], [], QUIET_S)[0]:
                before, used = used, self.cpu_ms()
                if first is not None and used == before:
                    break
                continue
            last = time.monotonic()
            got += os.read(self.fd, 1 << 20)
            first = first or last
            used = -1.0
        return first, last, got

    def wait(self, text: bytes) -> float:
        """Moment at which ``text`` has been drawn."""
        got = b""
        while text not in got:
            got = got[-200:] + os.read(self.fd, 1 << 20)
        return time.monotonic()

    def press(self, key: str) -> Key:
        """Send a key and read what it draws."""
        before, start = self.cpu_ms(), time.monotonic()
        os.write(self.fd, key.encode())
        first, last, got = self.read()
        return Key(((first or start) - start) * 1e3, ((last or start) - start) * 1e3, self.cpu_ms() - before, len(got))

    def cpu_ms(self) -> float:
        """Processor time of the program so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) * 1e3 / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Resident memory."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def end(self) -> None:
        """Kill it; nothing is asked of its end."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def measure(program: str, rows: int, url: str = "") -> dict[str, float]:
    """Figures of one program: times in ms, memory in MB."""
    terminal = Terminal("--program", program, "--rows", str(rows), "--url", url)
    ready = terminal.wait(b"DATA-READY")
    painted = terminal.wait("小学".encode())
    _, last, _ = terminal.read()
    figures = {"first row": (painted - ready) * 1e3, "list complete": ((last or painted) - ready) * 1e3}
    downs = [terminal.press("\x1b[B") for _ in range(15)]
    pages = [terminal.press("\x1b[6~") for _ in range(10)]
    figures["memory, start"] = terminal.memory_mb()
    terminal.press("/")
    typed = [terminal.press(key) for key in FILTER_KEYS]
    figures |= {
        "cursor key, settled": statistics.median(key.settled_ms for key in downs),
        "page key, settled": statistics.median(key.settled_ms for key in pages),
        "page key, slowest": max(key.settled_ms for key in pages),
        "page, kB drawn": statistics.median(key.drawn_bytes for key in pages) / 1e3,
        "filter key, echo": statistics.median(key.echo_ms for key in typed),
        "filter key, settled": statistics.median(key.settled_ms for key in typed),
        "filter key, slowest": max(key.settled_ms for key in typed),
        "filter key, CPU": statistics.median(key.cpu_ms for key in typed),
        "memory, end": terminal.memory_mb(),
    }
    terminal.end()
    return figures


def report(rows: int, anchor_rows: int) -> None:
    """Run both and print the table."""
    with serving(rows) as url:
        ours = measure("campus", rows, url)
    anchor = measure("datatable", anchor_rows) if anchor_rows else {}
    print(f"{'':22}{f'campus-tui {rows:,}':>20}{f'DataTable {anchor_rows:,}':>20}{'ratio':>10}")
    for name, value in ours.items():
        unit = "MB" if "memory" in name else "kB" if "kB" in name else "ms"
        other = anchor.get(name)
        ratio, beside = (f"{value / other:.3f}", f"{other:,.1f} {unit}") if other else ("-", "-")
        print(f"{name:22}{f'{value:,.1f} {unit}':>20}{beside:>20}{ratio:>10}")


@contextmanager
def serving(rows: int) -> Iterator[str]:
    """The address of a collector with ``rows`` schools in a process of its own."""
    command = [sys.executable, "-m", "tests.tui.server", str(rows), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().split()[0]
        server.terminate()


def run_campus(url: str) -> None:
    """The dashboard over the network, from a collector in another process: its memory is its own."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from locales.texts import Texts  # noqa: PLC0415
    from tui.app import CampusApp  # noqa: PLC0415
    from tui.client import HttpClient  # noqa: PLC0415

    app = CampusApp(HttpClient(url, "ca_viewer_county_loopback"), Texts("zh_CN"), lambda: datetime.now(UTC))
    print("DATA-READY", flush=True)
    app.run()


def run_datatable(rows: int) -> None:
    """The anchor: the same schools in a DataTable, filtered by filling it anew."""
    from textual.app import App, ComposeResult  # noqa: PLC0415
    from textual.binding import Binding  # noqa: PLC0415
    from textual.widgets import DataTable, Input  # noqa: PLC0415

    from tests.tui.county import County  # noqa: PLC0415

    schools = County(rows).rows
    cells = [
        (s.name, s.county, s.kind, s.verdict.value, str(s.score), str(s.coverage), str(s.download_mbit_s), s.id)
        for s in schools
    ]

    class Anchor(App[None]):
        BINDINGS = [Binding("slash", "filter", "filter")]  # noqa: RUF012

        def compose(self) -> ComposeResult:
            yield Input()
            yield DataTable[str](cursor_type="row")

        def on_mount(self) -> None:
            table = self.query_one(DataTable)
            table.add_columns(*"abcdefgh")
            table.add_rows(cells)
            table.focus()

        def action_filter(self) -> None:
            self.query_one(Input).focus()

        def on_input_changed(self, event: Input.Changed) -> None:
            table = self.query_one(DataTable)
            table.clear()
            table.add_rows(row for row in cells if event.value in row[0] or event.value in row[1])

    app = Anchor()
    print("DATA-READY", flush=True)
    app.run()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--anchor-rows", type=int, default=None)
    parser.add_argument("--program", choices=("campus", "datatable"))
    parser.add_argument("--url", default="", help=argparse.SUPPRESS)
    parser.add_argument("--alone", action="store_true", help="without the DataTable, which takes minutes")
    options = parser.parse_args()
    if options.program == "campus":
        run_campus(options.url)
    elif options.program == "datatable":
        run_datatable(options.rows)
    else:
        report(options.rows, 0 if options.alone else options.anchor_rows or options.rows)


if __name__ == "__main__":
    main()
