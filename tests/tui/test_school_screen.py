"""One school: enough on the screen to dispute every outcome."""

from collections.abc import Iterator
from random import Random

import pytest
from msgspec.structs import replace

from contract.outcome import Outcome, Verdict
from tests.tui.county import NOW, County, scorecard
from tests.tui.piloting import Reader, make_app, pilot
from tests.tui.server import Collector, serving
from tui.screens.school import SchoolScreen
from tui.what_if import what_if
from tui.widgets.criterion_pane import CriterionPane


@pytest.fixture
def collector() -> Iterator[Collector]:
    with serving(County(12)) as made:
        yield made


def _screen(reader: Reader) -> SchoolScreen:
    screen = reader.app.screen
    assert isinstance(screen, SchoolScreen)
    return screen


def _list(line: str) -> str:
    """The part of a line beside the detail."""
    return line.partition("│")[0]


def test_every_criterion_shows_glyph_word_figures_and_gain(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        await reader.press("enter")
        words = reader.app.words
        card = _screen(reader).card
        assert card is not None
        for result in card.results:
            line = next(line for line in map(_list, reader.lines) if result.criterion in line)
            assert words.outcome(result.outcome) in line
            assert words.pick(result.title) in line
            assert words.against(result) in line

    pilot(make_app(collector), script, size=(200, 50))


def test_the_detail_follows_the_cursor_and_holds_clause_quote_fix_check_and_reports(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        await reader.press("enter")
        card = _screen(reader).card
        assert card is not None
        for result in card.results:
            pane = str(reader.app.screen.query_one(CriterionPane).query_one("Static").render())
            flat = pane.replace("\n", "").replace(" ", "")
            for part in (result.criterion, result.clause, result.quote, result.fix.zh if result.fix else ""):
                assert part.replace(" ", "") in flat
            assert result.verify_by_hand is not None
            assert result.verify_by_hand.zh in flat
            assert reader.app.words.say(result.reason).replace(" ", "") in flat
            for report in result.report_ids:
                assert report in flat
            await reader.press("down")

    pilot(make_app(collector), script, size=(200, 50))


def test_a_criterion_without_a_value_is_not_shown_as_failed(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        await reader.press("enter")
        card = _screen(reader).card
        assert card is not None
        open_ones = [r for r in card.results if r.outcome in (Outcome.UNKNOWN, Outcome.ERROR, Outcome.MANUAL)]
        assert open_ones
        for result in open_ones:
            line = next(line for line in map(_list, reader.lines) if result.criterion in line)
            assert "未达标" not in line
            assert "—" in line

    pilot(make_app(collector), script, size=(200, 50))


def test_a_value_that_is_only_a_limit_says_so(collector: Collector) -> None:
    collector.county.rows = [replace(row, name="修武第一小") for row in collector.county.rows]

    async def script(reader: Reader) -> None:
        await reader.press("enter")
        card = _screen(reader).card
        assert card is not None
        result = next(result for result in card.results if result.criterion == "JZ-7.1.02")
        assert result.outcome is Outcome.MET
        assert f"≥ {result.value:g} Mbit/s (≥ 100 Mbit/s)" in reader.text

    pilot(make_app(collector), script, size=(200, 50))


def test_fixes_stand_in_the_order_in_which_they_pay_and_lead_to_their_criterion(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        await reader.press("enter", "2")
        card = _screen(reader).card
        assert card is not None
        places = [
            reader.text.index(f"+{next(r.gain for r in card.results if r.criterion == c):.1f}") for c in card.fixes[:1]
        ]
        assert places
        gains = [next(r.gain for r in card.results if r.criterion == c) for c in card.fixes]
        assert gains == sorted(gains, reverse=True)
        await reader.press("down", "enter")
        selected = _screen(reader)._result(_screen(reader).query_one("#results").cursor)  # type: ignore[attr-defined]
        assert selected is not None
        assert selected.criterion == card.fixes[1]

    pilot(make_app(collector), script)


def test_agents_and_reports_are_listed(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        await reader.press("enter", "3")
        detail = _screen(reader)._detail
        assert detail is not None
        assert detail.agents[0].agent_id in reader.text
        assert detail.reports[0].report_id in reader.text

    pilot(make_app(collector), script)


def test_a_refresh_keeps_the_criterion_under_the_cursor(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        await reader.press("enter", "down", "down", "r")
        assert _screen(reader).query_one("#results").cursor == 2  # type: ignore[attr-defined]

    pilot(make_app(collector), script)


def test_escape_leads_from_the_detail_to_the_list_and_from_there_to_the_schools(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        await reader.press("enter", "enter")
        assert isinstance(reader.app.focused, CriterionPane)
        await reader.press("escape")
        assert isinstance(reader.app.screen, SchoolScreen)
        await reader.press("escape")
        assert "学校（12）" in reader.text

    pilot(make_app(collector), script)


def test_the_packs_of_a_school_can_be_looked_at_in_turn(collector: Collector) -> None:
    detail = collector.county.detail

    def two(school_id: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
        found = detail(school_id)
        assert found is not None
        other = replace(found.scorecards[0], pack="other-pack", results=found.scorecards[0].results[:2], fixes=[])
        return replace(found, scorecards=[found.scorecards[0], other])

    collector.county.detail = two  # type: ignore[method-assign]

    async def script(reader: Reader) -> None:
        await reader.press("enter")
        assert "cn-henan-jiaozuo-2019" in reader.text
        assert "1 / 2" in reader.text
        await reader.press("right_square_bracket")
        assert "other-pack" in reader.text
        assert "1 指标 (2)" in reader.text
        await reader.press("r")
        assert "other-pack" in reader.text

    pilot(make_app(collector), script)


def test_a_school_to_which_no_pack_applies_says_so(collector: Collector) -> None:
    detail = collector.county.detail

    def none(school_id: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
        found = detail(school_id)
        assert found is not None
        return replace(found, scorecards=[], agents=[], reports=[])

    collector.county.detail = none  # type: ignore[method-assign]

    async def script(reader: Reader) -> None:
        await reader.press("enter")
        assert "没有适用于这所学校的标准包" in reader.text
        await reader.press("2", "enter", "3", "enter", "right_square_bracket", "1", "enter")
        await reader.press("3")
        assert "还没有终端登记" in reader.text

    pilot(make_app(collector), script)


def test_fixes_can_be_tried_and_the_score_follows(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        await reader.press("enter", "2")
        card = _screen(reader).card
        assert card is not None
        assert "空格" in reader.text
        await reader.press(*["space"] * len(card.fixes))
        assert f"若这 {len(card.fixes)} 项达标" in reader.text
        assert "100，✓ 达标" in reader.text
        await reader.press("home", "space")
        assert f"若这 {len(card.fixes) - 1} 项达标" in reader.text

    pilot(make_app(collector), script)


def test_what_if_moves_the_verdict_by_the_judge_s_own_rule() -> None:
    card = scorecard(County(1).rows[0], Random(1), NOW)
    everything = what_if(card, [result.criterion for result in card.results])
    assert (everything.score, everything.verdict) == (100.0, Verdict.MEETS)
    nothing = what_if(card, [])
    assert what_if(card, ["no such"]).score == nothing.score
    for fix in card.fixes:
        assert (what_if(card, [fix]).score or 0) >= (nothing.score or 0)


def test_why_is_the_explanation_and_can_be_copied(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        await reader.press("enter", "n", "y")
        assert "条款" in reader.text
        await reader.press("c")
        assert reader.app.clipboard.splitlines()[0] == _detail_name(reader)
        assert len(reader.app.clipboard.splitlines()) > 5
        await reader.press("escape")
        assert isinstance(reader.app.screen, SchoolScreen)

    pilot(make_app(collector), script)


def _detail_name(reader: Reader) -> str:
    screen = reader.app.screen_stack[-2]
    assert isinstance(screen, SchoolScreen)
    assert screen._detail is not None
    return screen._detail.school.name


def test_next_goes_round_the_criteria_that_are_not_met(collector: Collector) -> None:
    async def script(reader: Reader) -> None:
        await reader.press("enter")
        card = _screen(reader).card
        assert card is not None
        unmet = [place for place, result in enumerate(card.results) if result.outcome is Outcome.UNMET]
        seen = []
        for _ in range(len(unmet) + 1):
            await reader.press("n")
            seen.append(_screen(reader).query_one("#results").cursor)  # type: ignore[attr-defined]
        assert seen == [*unmet, unmet[0]]

    pilot(make_app(collector), script)


def test_a_number_stands_against_its_threshold_on_one_scale(collector: Collector) -> None:
    collector.county.rows = [replace(row, name="修武第一小") for row in collector.county.rows]

    async def script(reader: Reader) -> None:
        await reader.press("enter", "down")
        line = next(line for line in reader.lines if "刻度" in line)
        assert line.index("█") < line.index("┃")
        assert line.rstrip().split()[-1].replace(".", "").isdigit()

    pilot(make_app(collector), script, size=(200, 50))
