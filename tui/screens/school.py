"""One school: its verdict under each pack, every criterion with what is needed to dispute it, what to mend, who reports."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.screen import Screen
from textual.widgets import ContentSwitcher, Label, Static

from contract.api import AgentRow, ReportRow, SchoolDetail
from contract.outcome import Outcome
from contract.score import CriterionResult, Scorecard
from tui.cells import visible
from tui.criteria_columns import agent_columns, criterion_columns, fix_columns, report_columns
from tui.errors import TuiError
from tui.messages import RowChosen, RowHighlighted, SchoolWanted
from tui.screens.why import WhyScreen
from tui.what_if import what_if
from tui.widgets.criterion_pane import CriterionPane
from tui.widgets.fault_bar import FaultBar
from tui.widgets.grid import Grid
from tui.widgets.key_bar import KeyBar
from tui.widgets.scorecards import ScorecardStrip
from tui.widgets.title_bar import TitleBar
from tui.wording import Words, short

TABS = ("criteria", "fixes", "reports")
WIDE_CELLS = 150
"""From here on the detail stands beside the list, not below it."""


class SchoolScreen(Screen[None]):
    """Asks for its school when it opens; a refresh keeps tab, pack and cursor."""

    AUTO_FOCUS = "#results"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "tui.key.back", key_display="Esc"),
        Binding("1", "tab('criteria')", "tui.key.criteria", key_display="1"),
        Binding("2", "tab('fixes')", "tui.key.fixes", key_display="2"),
        Binding("3", "tab('reports')", "tui.key.reports", key_display="3"),
        Binding("n", "next_unmet", "tui.key.next_unmet", key_display="n"),
        Binding("y", "why", "tui.key.why", key_display="y"),
        Binding("space", "what_if", "tui.key.what_if", show=False, key_display="Space"),
        Binding("right_square_bracket", "pack(1)", "tui.key.next_pack", show=False, key_display="]"),
        Binding("left_square_bracket", "pack(-1)", "tui.key.last_pack", show=False, key_display="["),
        Binding("r", "app.refresh", "tui.key.refresh", key_display="r"),
        Binding("tab", "app.focus_next", "tui.key.next_part", show=False, key_display="Tab"),
    ]

    def __init__(self, school_id: str, name: str, words: Words, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self.school_id = school_id
        self._school_name = name
        self._words = words
        self._clock = clock
        self._detail: SchoolDetail | None = None
        self._pack = 0
        self._tab = TABS[0]
        self._kept = False
        self._visited: int | None = None
        """Line that "next unmet" went to last."""
        self._fixed: set[str] = set()
        """Criteria taken as met, for "what if"."""

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        words, glyphs = self._words, self._words.glyphs
        results = criterion_columns(words, self._clock)
        yield TitleBar(words)
        yield ScorecardStrip(words, self._clock)
        yield Static("", id="tabs", markup=False)
        with ContentSwitcher(initial="criteria"):
            with Container(id="criteria"):
                yield Grid[CriterionResult](results, self._result, glyphs=glyphs, id="results")
                yield CriterionPane(words, self._clock)
            with Vertical(id="fixes"):
                empty = words("tui.fix.nothing")
                yield Static("", id="what-if", markup=False)
                yield Grid[CriterionResult](
                    fix_columns(words), self._fix, glyphs=glyphs, empty=empty, marked=self._is_fixed, id="fix-list"
                )
            with Vertical(id="reports"):
                yield Label(words("tui.school.agents"), classes="part", markup=False)
                empty = words("tui.school.no_agent")
                agents = agent_columns(words, self._clock)
                yield Grid[AgentRow](agents, self._agent, glyphs=glyphs, empty=empty, id="agents")
                yield Label(words("tui.school.reports"), classes="part", markup=False)
                empty = words("tui.school.no_report")
                reports = report_columns(words, self._clock)
                yield Grid[ReportRow](reports, self._report, glyphs=glyphs, empty=empty, id="report-list")
        yield FaultBar(words)
        yield KeyBar(words)

    def on_mount(self) -> None:
        """Ask."""
        name = self._school_name or self._words("tui.nameless")
        self.query_one(TitleBar).show(
            f"{self._words('tui.title')} {self._words('tui.crumb')} {name}", self._words("tui.loading")
        )
        self._draw_tabs()
        self.app.post_message(SchoolWanted(self.school_id))

    def on_resize(self) -> None:
        """The detail goes beside the list where there is room."""
        self.set_class(self.size.width >= WIDE_CELLS, "wide")

    @property
    def card(self) -> Scorecard | None:
        """The scorecard of the chosen pack."""
        if self._detail is None or not self._detail.scorecards:
            return None
        return self._detail.scorecards[self._pack]

    def shows(self, school_id: str) -> bool:
        """Whether answers about a school belong here."""
        return school_id == self.school_id

    @property
    def wanted(self) -> Sequence[str]:
        """Schools to ask for at a refresh."""
        return [self.school_id]

    def take(self, detail: SchoolDetail, *, kept: bool = False) -> None:
        """The answer, for the first time or again; ``kept`` when it came from the cache."""
        selected = self._result(self.query_one("#results", Grid).cursor)
        pack = self.card.pack if self.card else None
        self._detail = detail
        packs = [card.pack for card in detail.scorecards]
        self._pack = packs.index(pack) if pack in packs else 0
        self._kept = kept
        if not kept:
            self.query_one(FaultBar).clear_fault(f"school/{self.school_id}")
        self._state()
        self._fill(selected.criterion if selected else None)

    def take_fault(self, subject: str, error: TuiError) -> None:
        """The question failed: say so, keep what is there."""
        self.query_one(FaultBar).raise_fault(subject, error)
        self.query_one(ScorecardStrip).missing()
        self._state()

    @on(RowHighlighted)
    def show_criterion(self, message: RowHighlighted) -> None:
        """The detail follows the cursor."""
        if message.table_id == "results":
            self.query_one(CriterionPane).show(self._result(message.index))

    @on(RowChosen)
    def open_criterion(self, message: RowChosen) -> None:
        """Enter on a criterion: into its detail. On a fix: to its criterion."""
        if message.table_id == "results":
            self.query_one(CriterionPane).focus()
        elif message.table_id == "fix-list" and self.card is not None:
            fix = self._fix(message.index)
            places = [result.criterion for result in self.card.results]
            if fix is not None and fix.criterion in places:
                self.action_tab("criteria")
                self.query_one("#results", Grid).cursor = places.index(fix.criterion)

    def action_back(self) -> None:
        """From the detail to the list, from the list to the schools."""
        if isinstance(self.focused, CriterionPane):
            self.query_one("#results").focus()
        else:
            self.app.pop_screen()

    def action_tab(self, tab: str) -> None:
        """Another part."""
        self._tab = tab
        self.query_one(ContentSwitcher).current = tab
        self.query_one({"criteria": "#results", "fixes": "#fix-list", "reports": "#report-list"}[tab]).focus()
        self._draw_tabs()

    def action_next_unmet(self) -> None:
        """To the next criterion that is not met; what is only undecided when there is none."""
        if self.card is None:
            return
        self.action_tab("criteria")
        grid = self.query_one("#results", Grid)
        outcomes = [result.outcome for result in self.card.results]
        wanted = {Outcome.UNMET} if Outcome.UNMET in outcomes else set(Outcome) - {Outcome.MET, Outcome.NOT_APPLICABLE}
        places = [place for place, outcome in enumerate(outcomes) if outcome in wanted]
        fresh = self._visited is None or self._visited not in places
        later = [place for place in places if place > grid.cursor or (fresh and place == grid.cursor)]
        if places:
            grid.cursor = self._visited = (later or places)[0]

    def action_why(self) -> None:
        """The explanation of the criterion under the cursor."""
        fixes = self._tab == "fixes"
        grid = self.query_one("#fix-list" if fixes else "#results", Grid)
        result = self._fix(grid.cursor) if fixes else self._result(grid.cursor)
        if result is not None and self._detail is not None:
            name = visible(self._detail.school.name)
            self.app.push_screen(WhyScreen(result, name, self._words, self._clock()))

    def action_what_if(self) -> None:
        """Take the fix under the cursor as done, or no longer."""
        grid = self.query_one("#fix-list", Grid)
        fix = self._fix(grid.cursor)
        if self._tab == "fixes" and fix is not None:
            self._fixed ^= {fix.criterion}
            grid.forget()
            grid.action_move(1)
            self._draw_what_if()

    def action_pack(self, step: int) -> None:
        """The next or the last pack."""
        if self._detail is not None and self._detail.scorecards:
            self._pack = (self._pack + step) % len(self._detail.scorecards)
            self._fixed.clear()
            self._fill(None)

    def _fill(self, criterion: str | None) -> None:
        detail, card = self._detail, self.card
        if detail is None:
            return
        self.query_one(ScorecardStrip).show(detail, self._pack)
        results = self.query_one("#results", Grid)
        results.set_empty(self._words("tui.school.no_scorecard"))
        places = [result.criterion for result in card.results] if card else []
        results.load(len(places), cursor=places.index(criterion) if criterion in places else 0)
        self.query_one(CriterionPane).show(self._result(results.cursor))
        self.query_one("#fix-list", Grid).load(len(self._fixes()))
        agents = self.query_one("#agents", Grid)
        agents.load(len(detail.agents))
        agents.styles.height = min(8, max(3, len(detail.agents) + 1))
        self.query_one("#report-list", Grid).load(len(detail.reports))
        self._draw_tabs()
        self._draw_what_if()

    def _draw_what_if(self) -> None:
        """``若这 2 项达标：40 → 80，✓ 达标``."""
        words, card = self._words, self.card
        if card is None or not self._fixed:
            text = words("tui.what_if.hint")
        else:
            then = what_if(card, self._fixed)
            before, after = (words.glyphs.none if s is None else short(s) for s in (then.score_before, then.score))
            text = words("tui.what_if.then", n=then.fixed, before=before, after=after, verdict=words.verdict(then.verdict))
        self.query_one("#what-if", Static).update(Text(f" {text}", "bold" if self._fixed else ""), layout=False)

    def _is_fixed(self, index: int) -> bool:
        fix = self._fix(index) if self._fixed else None
        return fix is not None and fix.criterion in self._fixed

    def _fixes(self) -> list[CriterionResult]:
        if self.card is None:
            return []
        found = {result.criterion: result for result in self.card.results}
        return [found[criterion] for criterion in self.card.fixes if criterion in found]

    def _result(self, index: int) -> CriterionResult | None:
        results = self.card.results if self.card else []
        return results[index] if 0 <= index < len(results) else None

    def _fix(self, index: int) -> CriterionResult | None:
        fixes = self._fixes()
        return fixes[index] if 0 <= index < len(fixes) else None

    def _agent(self, index: int) -> AgentRow | None:
        return self._detail.agents[index] if self._detail and index < len(self._detail.agents) else None

    def _report(self, index: int) -> ReportRow | None:
        return self._detail.reports[index] if self._detail and index < len(self._detail.reports) else None

    def _state(self) -> None:
        """Whether the figures are of now, or of when the collector last answered."""
        faulty = bool(self.query_one(FaultBar).faults)
        card = self.card
        if self._detail is None:
            right = self._words("tui.state.no_data" if faulty else "tui.loading")
        else:
            at = self._words.moment(card.scored_at if card else self._clock())
            code = "tui.state.old" if faulty else "tui.state.cached" if self._kept else "tui.state.fresh"
            right = self._words(code, at=at)
        self.query_one(TitleBar).show(right=right)

    def _draw_tabs(self) -> None:
        counts: dict[str, int] = {}
        if self._detail is not None:
            counts = {
                "criteria": len(self.card.results) if self.card else 0,
                "fixes": len(self._fixes()),
                "reports": len(self._detail.reports),
            }
        line = Text(" ")
        for number, tab in enumerate(TABS, 1):
            count = f" ({counts[tab]})" if tab in counts else ""
            label = f"{number} {self._words(f'tui.key.{tab}')}{count}"
            here = tab == self._tab
            line.append(f"[{label}]" if here else f" {label} ", "bold reverse" if here else "")
            line.append("  ")
        self.query_one("#tabs", Static).update(line)
