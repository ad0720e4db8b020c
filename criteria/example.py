"""The examples of a pack, turned into facts and judged: a pack tests itself."""

from datetime import UTC, datetime, timedelta

from contract.attestation import Answer, AttestedAnswer, Decision, Review
from contract.reason import because
from contract.school import School
from contract.score import CriterionResult
from contract.units import Unit
from criteria.facts import Facts, RunState, Sample
from criteria.judge import judge
from criteria.pack import Criterion, Example, ExampleAnswer
from criteria.reading import CHINA

NOW = datetime(2026, 1, 15, 4, 0, tzinfo=UTC)
"""Noon at +08:00, so that whole days before it are whole days in China."""


def facts_of(criterion: Criterion, example: Example) -> Facts:
    """The example's made-up school; each sample is a report of its own."""
    given = example.facts
    own = criterion.measure.name if criterion.measure else ""
    unit = criterion.measure.unit if criterion.measure else Unit.NONE
    samples: dict[str, list[Sample]] = {}
    for place, item in enumerate(given.samples):
        name = item.name or own
        samples.setdefault(name, []).append(
            Sample(
                name=name,
                value=item.value,
                unit=unit,
                at=NOW - timedelta(days=item.age_days),
                report_id=f"example-{place}",
                agent_id=item.agent,
                check=name.partition(".")[0],
                check_version=criterion.measure.min_check_version if criterion.measure else 1,
                bound=item.bound,
                because=because(item.because) if item.because else None,
                path=item.path,
            )
        )
    runs = {
        run.check: RunState(check=run.check, status=run.status, at=NOW, reason=because(run.reason) if run.reason else None)
        for run in given.runs
    }
    answers: dict[str, list[AttestedAnswer]] = {}
    if given.answer is not None:
        answers[criterion.id] = [_answer_of(criterion, given.answer)]
    school = School(
        id="example",
        name="example",
        county="example",
        kind=given.kind,
        students=given.students,
        busiest_shift_students=given.busiest_shift_students,
        classes=given.classes,
        teachers=given.teachers,
        contract_mbit_s=given.contract_mbit_s,
    )
    return Facts(school=school, samples=samples, runs=runs, answers=answers)


def _answer_of(criterion: Criterion, given: ExampleAnswer) -> AttestedAnswer:
    at = NOW - timedelta(days=given.age_days)
    day = at.astimezone(CHINA).date()
    review = None
    if given.review is not None:
        review = Review(decision=Decision(given.review), reviewed_by="example", reviewed_at=at, reason="example")
    return AttestedAnswer(
        attestation_id="example",
        pack="example",
        answer=Answer(
            criterion=criterion.id,
            answer=given.answer,
            answered_on=day,
            answered_by="example",
            valid_until=day + timedelta(days=given.valid_days),
        ),
        received_at=at,
        review=review,
    )


def judge_example(criterion: Criterion, example: Example) -> CriterionResult:
    """What the judge makes of it."""
    return judge(criterion, facts_of(criterion, example), NOW)


def holds(example: Example, result: CriterionResult) -> bool:
    """Whether the example came out as it says."""
    return result.outcome is example.outcome and example.reason in (None, result.reason.code)
