"""
A pack: one official document as data.

Each criterion carries its citation, the measure that decides it, its success condition, and examples that the tests run.
There is no expression language: what the closed operators and statistics cannot say is a new measure of a check.
:mod:`criteria.lint` finds what is wrong beyond the shape.
"""

from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from contract.document import Document, read
from contract.message import Bilingual
from contract.outcome import Bound, CheckStatus, Outcome
from contract.outcome import Path as NetworkPath
from contract.reason import ReasonCode
from contract.report import CheckId, MeasureName, Value
from contract.school import Head, School, SchoolKind
from contract.score import Effort, Operator
from contract.units import Unit
from criteria.errors import CriteriaError

FOLDER = Path(__file__).parent / "packs"
USUAL = "cn-henan-jiaozuo-2019"
"""The pack that a collector scores by without being told to; the others are named under ``packs`` in its settings."""

Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")]
Text = Annotated[str, Meta(min_length=1, max_length=2000)]
Percent = Annotated[float, Meta(ge=0, le=100)]
Days = Annotated[int, Meta(ge=1, le=3660)]
Samples = Annotated[int, Meta(ge=1, le=10_000)]
Weight = Annotated[int, Meta(ge=0, le=1000)]
Level = Literal["school", "county", "city"]
Certainty = Literal["seen", "second_hand", "memory"]
"""Whether the words were read in the document itself, in a text about it, or are only remembered."""
SchoolFact = Literal["students", "busiest_shift_students", "classes", "teachers", "contract_mbit_s"]


class Kind(StrEnum):
    """How a criterion comes to be known."""

    MEASURED = "measured"
    ATTESTED = "attested"
    """A person answers, with evidence."""
    COUNTED = "counted"
    """The county or city counts."""
    NARRATIVE = "narrative"
    """The document gives no test; tracked only."""
    UNREAD = "unread"
    """The document has it, but nobody has read its words: it weighs in the denominator and can never be decided."""


class Statistic(StrEnum):
    """What is made of several samples; :mod:`criteria.statistic` defines each."""

    P10 = "p10"
    P25 = "p25"
    P50 = "p50"
    P75 = "p75"
    P90 = "p90"
    MIN = "min"
    MAX = "max"
    LATEST = "latest"
    SHARE_TRUE = "share_true"
    """Percent of the samples that are true."""
    ANY_TRUE = "any_true"


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A mapping of the file; an unknown key is a fault."""


class Issued(Part, frozen=True):
    """The official document, so that it can be found again. What is not known of it is null."""

    issuer: Text
    title: Text
    number: Text | None
    issued: date | None
    in_force_from: date | None
    in_force_to: date | None
    url: Text | None = None
    supersedes: Text | None = None


class Cite(Part, frozen=True):
    """Where the document says so. ``note`` says what is our reading and not the document's word."""

    clause: Text
    quote: Text
    certainty: Certainty
    note: Bilingual | None = None
    in_force_from: date | None = None
    in_force_to: date | None = None
    """Days of a clause that are not those of its document: a law that was renumbered. Both days included, at +08:00."""


class Applies(Part, frozen=True):
    """Which schools a criterion or a target is for."""

    kinds: Annotated[list[SchoolKind], Meta(min_length=1)]
    students_at_least: Head | None = None
    """Only schools of this size or larger. A school whose size is not known is asked all the same."""
    students_at_most: Head | None = None

    def covers(self, school: School) -> bool:
        """Whether the school is one of them."""
        if school.kind not in self.kinds:
            return False
        if school.students is None:
            return True
        return (self.students_at_least or 0) <= school.students <= (self.students_at_most or school.students)


class Claim(Part, frozen=True):
    """
    What the register says of the same thing (the contract of a line).

    It decides nothing by itself. When it says that the criterion is met and the measurements say that it is not, the two
    are in dispute, and the criterion is decided by neither.
    """

    fact: SchoolFact
    at_least: float


class Measure(Part, frozen=True):
    """
    Which samples decide, and what is made of them.

    ``window_days``: only samples of so many days count. ``max_age_days``: the newest of them must not be older.
    ``min_samples`` and ``min_days`` (calendar days at +08:00) are needed for any decision, ``unmet_min_samples`` samples
    that each miss the threshold before the criterion can be unmet: a failure is an accusation. ``paths``: how far the
    packets must have gone. ``per`` ``device``: each agent is judged by itself, and all must succeed.
    """

    name: MeasureName
    unit: Unit
    statistic: Statistic
    window_days: Days | None = None
    max_age_days: Days | None = None
    per: Literal["school", "device"] = "school"
    min_samples: Samples = 1
    min_days: Samples = 1
    unmet_min_samples: Samples = 1
    paths: list[NetworkPath] = []
    min_check_version: Annotated[int, Meta(ge=1)] = 1


class Expect(Part, frozen=True):
    """The success condition: exactly one of these. All bounds are inclusive."""

    at_least: float | None = None
    at_most: float | None = None
    between: Annotated[list[float], Meta(min_length=2, max_length=2)] | None = None
    equals: bool | float | str | None = None
    one_of: list[str] | None = None
    contains_all: list[str] | None = None
    """Among the texts of the newest report are all of these."""
    share_at_least: Percent | None = None
    """Percent of the devices whose statistic is true; with ``per: device`` only."""

    @property
    def given(self) -> list[tuple[Operator, list[float | bool | str]]]:
        """Operators that the file gives, with their thresholds as a list."""
        found: list[tuple[Operator, list[float | bool | str]]] = []
        if self.at_least is not None:
            found.append(("at_least", [self.at_least]))
        if self.at_most is not None:
            found.append(("at_most", [self.at_most]))
        if self.between is not None:
            found.append(("between", [*self.between]))
        if self.equals is not None:
            found.append(("equals", [self.equals]))
        if self.one_of is not None:
            found.append(("one_of", [*self.one_of]))
        if self.contains_all is not None:
            found.append(("contains_all", [*self.contains_all]))
        if self.share_at_least is not None:
            found.append(("share_at_least", [self.share_at_least]))
        return found


class ExampleSample(Part, frozen=True):
    """A sample of an example, ``age_days`` before the moment of judging."""

    value: Value
    name: MeasureName | None = None
    """The criterion's own measure when left out."""
    age_days: Annotated[float, Meta(ge=0)] = 0.0
    agent: Id = "a1"
    bound: Bound = Bound.EXACT
    path: NetworkPath | None = None
    because: ReasonCode | None = None


class ExampleRun(Part, frozen=True):
    """How the newest run of a check went, in an example."""

    check: CheckId
    status: CheckStatus
    reason: ReasonCode | None = None


class ExampleAnswer(Part, frozen=True):
    """What a person answered, in an example, ``age_days`` before the moment of judging."""

    answer: bool | None
    age_days: Annotated[float, Meta(ge=0)] = 0.0
    valid_days: Days = 365
    review: Literal["accepted", "rejected", "asked"] | None = None


class ExampleFacts(Part, frozen=True):
    """A made-up school."""

    kind: SchoolKind
    students: Head | None = None
    busiest_shift_students: Head | None = None
    classes: Head | None = None
    teachers: Head | None = None
    contract_mbit_s: Annotated[float, Meta(ge=0)] | None = None
    samples: list[ExampleSample] = []
    runs: list[ExampleRun] = []
    answer: ExampleAnswer | None = None


class Example(Part, frozen=True):
    """Facts with the outcome they must have; run by lint, so that a pack tests itself."""

    name: Text
    outcome: Outcome
    facts: ExampleFacts
    reason: ReasonCode | None = None


class Criterion(Part, frozen=True):
    """One demand of the document, stating what success is."""

    id: Id
    title: Bilingual
    cite: Cite
    level: Level
    applies: Applies
    type: Kind
    weight: Weight
    deadline: date | None = None
    deadline_by: Literal["document", "ours"] = "document"
    """``ours``: the document gives no date for this clause, and the end of its term is used."""
    measure: Measure | None = None
    divide_by: SchoolFact | None = None
    expect: Expect | None = None
    attestable: bool = False
    """Measured, but a person's answer with evidence decides where no measurement does (a school without an agent)."""
    claim: Claim | None = None
    valid_months: Annotated[int, Meta(ge=1, le=36)] = 12
    """How long a person's answer holds."""
    scored: bool = True
    required: bool = False
    extension: bool = False
    """A bonus item (扩展项): judged and shown, never in the sums of the base."""
    effort: Effort | None = None
    fix: Bilingual | None = None
    verify_by_hand: Bilingual | None = None
    examples: list[Example] = []

    @property
    def counted_weight(self) -> int:
        """What it weighs in the sums: nothing when it is only tracked, or a bonus."""
        return self.weight if self.scored and not self.extension else 0

    @property
    def asked(self) -> bool:
        """Whether a person may answer it."""
        return self.attestable or self.type in (Kind.ATTESTED, Kind.COUNTED)


class Counted(Part, frozen=True):
    """
    What a county or city counts. ``at_least`` is null where the document gives no figure.

    Where a clause has several figures, this is its first; the others stand in the citation's note.
    """

    what: Bilingual
    at_least: float | None


class Target(Part, frozen=True):
    """
    A number for a county or city, with its denominator spelled out: a share of schools, or something counted.

    Either ``criterion`` and ``share_at_least``, or ``counted``.
    """

    id: Id
    title: Bilingual
    cite: Cite
    level: Literal["county", "city"]
    applies: Applies
    """The denominator: every school of these kinds on the register, reporting or not."""
    denominator: Bilingual
    deadline: date
    deadline_by: Literal["document", "ours"] = "document"
    criterion: Id | None = None
    """The criterion a school must meet to count."""
    share_at_least: Percent | None = None
    counted: Counted | None = None


class RuleBy(Part, frozen=True):
    """Who set a figure that the document does not give, and why it is what it is."""

    by: Literal["document", "ours"]
    note: Bilingual


class Pack(Part, frozen=True):
    """One document. ``pass_mark`` and ``min_coverage`` are percentages; ``gates`` says whose they are."""

    id: Id
    version: Text
    title: Bilingual
    document: Issued
    certainty: Certainty
    pass_mark: Percent
    min_coverage: Percent
    gates: RuleBy
    criteria: Annotated[list[Criterion], Meta(min_length=1)]
    targets: list[Target] = []
    graded: bool = True
    """False where the document sets no line to pass: points, floor and ceiling are shown, and no verdict is ever given."""

    @property
    def entries(self) -> "list[Criterion | Target]":
        """Every clause, criteria first."""
        return [*self.criteria, *self.targets]

    def criterion(self, id_: str) -> Criterion | None:
        """The criterion of that id."""
        return next((item for item in self.criteria if item.id == id_), None)


def read_pack(text: str, source: str | Path) -> Document[Pack]:
    """A pack with the lines of its parts; raise :class:`contract.document.DocumentError` with all faults of its shape."""
    return read(text, Pack, source)


def load_text(text: str, source: str | Path) -> Pack:
    """A pack from YAML. Only its shape is checked here; :func:`criteria.lint.load_checked` checks all."""
    return read_pack(text, source).value


def load(path: Path) -> Pack:
    """A pack from a file; raise :class:`CriteriaError` when it cannot be read at all."""
    return load_text(read_file(path), path)


def read_file(path: Path) -> str:
    """The text of a YAML file; raise :class:`CriteriaError` when it cannot be read."""
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CriteriaError("document.unreadable", source=str(path), problem=str(error)) from error


def shipped() -> list[Path]:
    """Files of the packs that come with the product; the stem of each is its id."""
    return sorted(FOLDER.glob("*.yaml"))


@cache
def find(pack_id: str) -> Pack:
    """The shipped pack of that id; raise :class:`CriteriaError` naming those there are."""
    paths = {path.stem: path for path in shipped()}
    if pack_id not in paths:
        raise CriteriaError("pack.not_found", pack=pack_id, known=", ".join(paths))
    return load(paths[pack_id])
