"""The program: holds the client, hands answers to the screens, and knows nothing of HTTP or of what is drawn."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from locales.texts import Texts
from tui.cache import Cache
from tui.client import Client
from tui.errors import KeepingError
from tui.exports.picture import readable
from tui.exports.writing import render, write
from tui.fetching import Fetcher
from tui.glyphs import ASCII, UNICODE
from tui.messages import (
    CompareWanted,
    ExportWanted,
    FetchBroke,
    FetchFailed,
    PageArrived,
    PagesEnded,
    RollupArrived,
    SchoolArrived,
    SchoolWanted,
)
from tui.palette import Palette
from tui.screens.compare import CompareScreen
from tui.screens.exporting import PICTURE, ExportScreen
from tui.screens.help import HelpScreen
from tui.screens.overview import OverviewScreen
from tui.screens.school import SchoolScreen
from tui.themes import DARK, THEMES
from tui.views import Views
from tui.widgets.key_bar import own_bindings
from tui.wording import Words

MOVES = ("command_palette", "move(", "page(", "edge(", "scroll_", "page_")
"""Actions that make no sense by name."""


class CampusApp(App[None]):
    """
    The dashboard over a :class:`tui.client.Client`.

    ``clock`` gives the present with its time zone, which is also the zone that times are shown in. ``refresh_s`` 0 refreshes
    on ``r`` only. ``theme`` is a key of :data:`tui.themes.THEMES`. ``cache`` and ``views`` keep what should survive the
    program; exports go to ``folder``. ``notice`` stands in every title (sample data).
    """

    CSS_PATH = ["styles/app.tcss", "styles/overview.tcss", "styles/school.tcss"]  # noqa: RUF012 - Textual's own declaration
    COMMANDS = set()  # noqa: RUF012 - Textual's own declaration; ours are given to the palette itself
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", "tui.key.help", key_display="?"),
        Binding("ctrl+p", "command_palette", "tui.key.palette", key_display="^p", priority=True),
        Binding("q,ctrl+q", "quit", "tui.key.quit", key_display="q"),
    ]

    def __init__(
        self,
        client: Client,
        texts: Texts,
        clock: Callable[[], datetime],
        *,
        refresh_s: float = 0,
        ascii_only: bool = False,
        theme: str = "dark",
        cache: Cache | None = None,
        views: Views | None = None,
        folder: Path | None = None,
        notice: str = "",
    ) -> None:
        super().__init__()
        self.words = Words(texts, ASCII if ascii_only else UNICODE, clock().tzinfo)
        if notice:
            self.words.notice = self.words(notice)
        self.fetcher = Fetcher(client, self.post_message, cache)
        self.overview = OverviewScreen(self.words, clock, views or Views(None))
        self._clock = clock
        self._folder = folder or Path()
        self.animation_level = "none"
        self.set_class(ascii_only, "ascii")
        self._refresh_s = refresh_s
        self._first_theme = theme

    def on_mount(self) -> None:
        """Show an empty screen at once; the answers follow."""
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = THEMES[self._first_theme].name
        self.title = self.words("tui.title")
        self.push_screen(self.overview)
        self.fetcher.schools()
        if self._refresh_s:
            self.set_interval(self._refresh_s, self.action_refresh)

    def on_unmount(self) -> None:
        """What is still on its way is dropped."""
        self.fetcher.close()

    def get_css_variables(self) -> dict[str, str]:
        """Before a theme of ours is set, its variables must exist all the same."""
        return {**DARK.variables, **super().get_css_variables()}

    def on_page_arrived(self, message: PageArrived) -> None:
        """Schools."""
        self.overview.take_page(message.round, message.page)
        self.fetcher.taken()

    def on_pages_ended(self, message: PagesEnded) -> None:
        """All schools."""
        self.overview.take_end(message.round, kept=message.kept)

    def on_rollup_arrived(self, message: RollupArrived) -> None:
        """Sums."""
        self.overview.take_rollup(message.rollup, kept=message.kept)

    def on_school_wanted(self, message: SchoolWanted) -> None:
        """A school screen has opened."""
        self.fetcher.school(message.school_id)

    def on_school_arrived(self, message: SchoolArrived) -> None:
        """One school."""
        for screen in self._school_screens():
            if screen.shows(message.detail.row.id):
                screen.take(message.detail, kept=message.kept)

    def on_fetch_failed(self, message: FetchFailed) -> None:
        """Say it where it was asked."""
        subject, slash, school_id = message.subject.partition("/")
        if not slash:
            self.overview.take_fault(subject, message.error)
            return
        for screen in self._school_screens():
            if screen.shows(school_id):
                screen.take_fault(message.subject, message.error)

    def on_compare_wanted(self, message: CompareWanted) -> None:
        """Schools side by side."""
        if len(message.schools) > 1:
            self.push_screen(CompareScreen(message.schools, self.words, self._clock))
        else:
            self.notify(self.words("tui.compare.few"), markup=False)

    def on_export_wanted(self, message: ExportWanted) -> None:
        """Ask for the form, then write. The picture is of the screen as it is without the question."""
        schools = self.overview.schools
        count = len(schools.marked) or schools.shown
        screen = ExportScreen(self.words, count, marked=bool(schools.marked))
        self.push_screen(screen, partial(self._export, message.about))

    def on_fetch_broke(self, message: FetchBroke) -> None:
        """A defect: end with its traceback."""
        raise message.error

    def action_refresh(self) -> None:
        """Ask again for everything that is open."""
        self.fetcher.schools()
        for screen in self._school_screens():
            for school_id in screen.wanted:
                self.fetcher.school(school_id)

    def action_help(self) -> None:
        """The keys of this screen."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.words, own_bindings(self.screen), self.words.block("tui.help.notes")))

    def action_help_quit(self) -> None:
        """Ctrl-C does not end the program: it is pressed by habit."""
        self.notify(self.words("tui.quit_hint"), markup=False)

    def action_command_palette(self) -> None:
        """Every action by name."""
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(self.words))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """What the palette offers: the keys of the screen below, and the colours."""
        words = self.words
        for binding in own_bindings(screen):
            if not binding.action.startswith(MOVES):
                key = words("tui.palette.key", key=words.glyphs.chrome(binding.key_display or binding.key))
                namespace = screen.focused or screen
                run = partial(self.run_action, binding.action, default_namespace=namespace)
                yield SystemCommand(words(binding.description), key, run)
        for name, theme in THEMES.items():
            yield SystemCommand(words(f"tui.theme.{name}"), words("tui.theme.help"), partial(self._set_theme, theme.name))

    def _set_theme(self, name: str) -> None:
        self.theme = name

    def _export(self, about: dict[str, str], form: str | None) -> None:
        if form is None:
            return
        now = self._clock()
        if form == PICTURE:
            body = readable(self.export_screenshot(title=self.title)).encode()
        else:
            rows = self.overview.schools.chosen()
            note = self.words("tui.export.note", n=f"{len(rows):,}", now=self.words.moment(now), **about)
            body = render(form, rows, self.words, f"{self.words.notice} {note}".strip())
        try:
            path = write(self._folder, form, body, now)
        except KeepingError as error:
            self.notify(self.words.explain(error), severity="error", markup=False)
            return
        if self.is_web:
            self.deliver_binary(path, open_method="download")
        self.notify(self.words("tui.export.done", path=str(path.absolute())), markup=False)

    def _school_screens(self) -> list[SchoolScreen | CompareScreen]:
        return [screen for screen in self.screen_stack if isinstance(screen, SchoolScreen | CompareScreen)]
