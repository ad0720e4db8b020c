"""What a check is, how it says so, and how it is found."""

import importlib
import importlib.util
import pkgutil
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

import checks
from contract.errors import CampusError
from contract.message import Bilingual, Message, Param
from contract.outcome import CheckStatus
from contract.reason import Reason, ReasonCode
from contract.report import Device, Measurement
from contract.units import Unit

Options = TypeVar("Options", bound=Struct)


class CheckError(CampusError):
    """The check could not measure; its run becomes ``error`` with the reason."""

    def __init__(self, code: ReasonCode, /, **params: Param) -> None:
        super().__init__(f"reason.{code.value}", **params)
        self.reason = Reason(code, params)
        self.status = CheckStatus.ERROR


class NotApplicable(CheckError):  # noqa: N818 - not an error of the check
    """This machine cannot have the thing that is measured."""

    def __init__(self, code: ReasonCode, /, **params: Param) -> None:
        super().__init__(code, **params)
        self.status = CheckStatus.NOT_APPLICABLE


class Skipped(CheckError):  # noqa: N818
    """It could be measured, but not now."""

    def __init__(self, code: ReasonCode, /, **params: Param) -> None:
        super().__init__(code, **params)
        self.status = CheckStatus.SKIPPED


class NoOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """For checks that have nothing to set."""


class Access(Struct, frozen=True):
    """How a check reaches the collector. ``ca_file`` is the county's private CA, or None for the system's own store."""

    url: str
    token: str
    ca_file: str | None = None
    report_id: str = ""
    """The report that the result will be part of, for checks whose server signs what it saw."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A value that a check may report."""

    unit: Unit
    title: Bilingual


@dataclass(frozen=True, slots=True)
class Cost:
    """Upper limits of one run: wall-clock seconds, and megabytes through the network."""

    seconds: float
    megabytes: float


def _silent(_stage: Message, _share: float | None = None) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Context(Generic[Options]):
    """
    Everything a check may use of the world.

    ``root`` is the root of the file system (``/proc`` and ``/sys`` are read below it), ``clock`` is monotonic seconds,
    ``progress`` takes a message and the share done (0 to 1, or None). ``privacy_key`` is the school's own key for hashing
    personal devices; it never leaves the machine. ``deadline_s`` is what the runner grants; a check ends before it.
    """

    options: Options
    platform: str
    clock: Callable[[], float]
    rng: random.Random
    privacy_key: bytes
    deadline_s: float
    root: Path = Path("/")
    access: Access | None = None
    progress: Callable[[Message, float | None], None] = _silent


@dataclass(slots=True)
class Measured:
    """What a check found."""

    measurements: list[Measurement] = field(default_factory=list)
    devices: list[Device] = field(default_factory=list)
    evidence: dict[str, Any] = field(default_factory=dict)
    reason: Reason | None = None
    """Said about the run as a whole, e.g. that only part could be done without privileges."""


@dataclass(frozen=True, slots=True)
class Check:
    """A check as declared with :func:`check`."""

    id: str
    version: int
    title: Bilingual
    measures: Mapping[str, Measure]
    cost: Cost
    options: type[Struct]
    platforms: tuple[str, ...]
    privileges: Bilingual | None
    """What more it does with privileges, or None when they make no difference."""
    run: Callable[[Context[Any]], Measured]


_found: dict[str, Check] = {}
_elsewhere: dict[str, Measure] = {}


def check(
    *,
    id: str,  # noqa: A002 - the word of the report
    version: int,
    title: Bilingual,
    measures: Mapping[str, Measure],
    cost: Cost,
    options: type[Struct] = NoOptions,
    platforms: tuple[str, ...] = ("linux", "win32", "darwin"),
    privileges: Bilingual | None = None,
) -> Callable[[Callable[[Context[Any]], Measured]], Callable[[Context[Any]], Measured]]:
    """
    Declare a function as a check.

    ``version`` grows when the meaning of a measure changes: it is stored with every measurement. ``measures`` lists every
    name the check may report; the runner refuses others.
    """

    def declare(function: Callable[[Context[Any]], Measured]) -> Callable[[Context[Any]], Measured]:
        if id in _found and _found[id].run.__module__ != function.__module__:
            message = f"check {id!r} is declared in {_found[id].run.__module__} and in {function.__module__}"
            raise ValueError(message)
        _found[id] = Check(id, version, title, measures, cost, options, platforms, privileges, function)
        return function

    return declare


def all_checks() -> dict[str, Check]:
    """Every check of the folder, by id. Imports them; listing costs what their imports cost."""
    for module in pkgutil.iter_modules(checks.__path__):
        name = f"checks.{module.name}"
        if not module.ispkg:
            importlib.import_module(name)
        elif importlib.util.find_spec(f"{name}.check"):
            importlib.import_module(f"{name}.check")
    return dict(sorted(_found.items()))


def catalogue() -> dict[str, Unit]:
    """Unit of every measure that some check reports: what packs may ask for."""
    found = {name: measure.unit for item in all_checks().values() for name, measure in item.measures.items()}
    return found | {name: measure.unit for name, measure in _elsewhere.items()}


def measured_elsewhere(measures: Mapping[str, Measure]) -> None:
    """Declare what the collector measures by itself, so that packs may ask for it."""
    _elsewhere.update(measures)


def default_options(item: Check) -> Struct:
    """The options of a check when the configuration says nothing."""
    return msgspec.convert({}, item.options)
