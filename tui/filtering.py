"""
The filter line of the overview, read into conditions and asked of the columns of a :class:`tui.register.Register`.

Words are looked for in name, pinyin initials, county, kind and id; ``county:``, ``kind:``, ``id:``, ``name:``, ``gap:`` and
``verdict:`` (and their names in both languages) look in one field; ``download<100``, ``ipv6>=5``, ``silent>7d`` compare.
``!`` turns a condition round. All must hold. Full-width signs count: Chinese input methods type those.
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isnan

from contract.outcome import Verdict
from tui.register import VERDICTS, Register

FIELDS: Mapping[str, str] = {
    **dict.fromkeys(("county", "区县", "县区", "县", "区"), "county"),
    **dict.fromkeys(("kind", "type", "类型"), "kind"),
    **dict.fromkeys(("id", "编号"), "id"),
    **dict.fromkeys(("name", "学校", "名称"), "name"),
    **dict.fromkeys(("verdict", "结论"), "verdict"),
    **dict.fromkeys(("gap", "差距", "短板"), "gap"),
}
NUMBERS: Mapping[str, str] = {
    **dict.fromkeys(("score", "得分"), "score"),
    **dict.fromkeys(("coverage", "cover", "覆盖率", "覆盖"), "coverage"),
    **dict.fromkeys(("download", "down", "下行", "带宽"), "download_mbit_s"),
    **dict.fromkeys(("upload", "up", "上行"), "upload_mbit_s"),
    **dict.fromkeys(("ipv6",), "ipv6_level"),
    **dict.fromkeys(("devices", "设备"), "devices"),
    **dict.fromkeys(("silent", "未上报", "失联"), "silent"),
}
DAY_S = 86_400.0
_SIGNS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    ":": operator.eq,
}
_UNITS = {"": 1.0, "m": 1.0, "%": 1.0, "d": 1.0, "天": 1.0, "h": 1 / 24, "小时": 1 / 24, "w": 7.0, "周": 7.0}
_COMPARISON = re.compile(r"([^<>=:]+)(<=|>=|<|>|=|:)(\d+(?:\.\d+)?)?(m|%|d|h|w|天|小时|周)?", re.IGNORECASE)
_NARROW = str.maketrans({"：": ":", "＜": "<", "＞": ">", "＝": "=", "≥": ">=", "≤": "<=", "！": "!", "》": ">", "《": "<"})
Test = Callable[[int], bool]


@dataclass(frozen=True, slots=True)
class Condition:
    """``field`` None looks everywhere. ``wanted`` is folded to lower case; ``limit`` goes with a comparing ``sign``."""

    field: str | None
    wanted: str = ""
    sign: str = ":"
    limit: float = 0.0
    wrong: bool = False
    """True keeps what does not fit."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter line, ready to be asked."""

    text: str
    conditions: Sequence[Condition]

    def __bool__(self) -> bool:
        """False when every school passes."""
        return bool(self.conditions)

    def passing(
        self,
        register: Register,
        places: Sequence[int],
        *,
        verdict_word: Callable[[Verdict], str],
        now: Callable[[], float],
        marked: frozenset[str] = frozenset(),
    ) -> list[int]:
        """
        Those of ``places`` that pass, in their order; condition by condition, so that the first narrows for the next.

        A value that is missing passes no comparison; silence of a school that never reported is without end.
        """
        left = list(places)
        for condition in self.conditions:
            test = _test(condition, register, verdict_word, now, marked)
            kept = [place for place in left if test(place) is not condition.wrong]
            if not kept and condition.field is None and not condition.wrong and len(condition.wanted) > 1:
                kept = _in_order(condition.wanted, register, left)
            left = kept
        return left


EVERYTHING = Filter("", ())


def parse(text: str) -> Filter:
    """Read a filter line. There is no wrong one: an unknown field is looked for as it stands, an unfinished one waits."""
    found = (_condition(piece) for piece in text.translate(_NARROW).split())
    return Filter(text, tuple(condition for condition in found if condition is not None))


def _condition(piece: str) -> Condition | None:
    wrong = piece.startswith("!") and len(piece) > 1
    piece = piece.removeprefix("!") if wrong else piece
    compared = _COMPARISON.fullmatch(piece)
    if compared and compared[1].casefold() in NUMBERS:
        if compared[3] is None:
            return None
        limit = float(compared[3]) * _UNITS[(compared[4] or "").casefold()]
        return Condition(NUMBERS[compared[1].casefold()], sign=compared[2], limit=limit, wrong=wrong)
    head, colon, tail = piece.partition(":")
    field = FIELDS.get(head.casefold())
    if colon and field:
        return Condition(field, tail.casefold(), wrong=wrong) if tail else None
    return Condition("marked", wrong=wrong) if piece in ("*", "标记") else Condition(None, piece.casefold(), wrong=wrong)


def typable(text: str) -> str:
    """``text`` without what no key types: a name pasted from elsewhere can bring control and direction characters along."""
    return "".join(letter for letter in text if letter.isprintable() and letter not in "\ufe0e\ufe0f")


def _test(  # noqa: C901 - a case per field
    condition: Condition,
    register: Register,
    verdict_word: Callable[[Verdict], str],
    now: Callable[[], float],
    marked: frozenset[str],
) -> Test:
    wanted, hay = condition.wanted, register.hay
    match condition.field:
        case None:
            counties, kinds = register.counties.holding(wanted), register.kinds.holding(wanted)
            county, kind = register.county, register.kind
            if not counties and not kinds:
                return lambda place: wanted in hay[place]
            return lambda place: wanted in hay[place] or county[place] in counties or kind[place] in kinds
        case "county":
            counties, county = register.counties.holding(wanted), register.county
            return lambda place: county[place] in counties
        case "kind":
            kinds, kind = register.kinds.holding(wanted), register.kind
            return lambda place: kind[place] in kinds
        case "verdict":
            allowed = {place for place, v in enumerate(VERDICTS) if _names(v, verdict_word(v), wanted)}
            verdicts = register.verdict
            return lambda place: verdicts[place] in allowed
        case "gap":
            gaps = {
                place
                for place, gap in enumerate(register.gaps)
                if wanted in f"{gap.criterion}\n{gap.title.zh}\n{gap.title.en}".casefold()
            }
            gap = register.gap
            return lambda place: gap[place] in gaps
        case "id":
            return lambda place: wanted in hay[place].rpartition("\n")[2]
        case "name":
            return lambda place: wanted in hay[place].partition("\n")[0]
        case "marked":
            ids = register.ids
            return lambda place: ids[place] in marked
        case "silent":
            return _silence(condition, register, now())
        case _:
            column, compare, limit = register.numbers[condition.field], _SIGNS[condition.sign], condition.limit
            return lambda place: compare(column[place], limit)


def _silence(condition: Condition, register: Register, now: float) -> Test:
    reported, compare, limit = register.reported, _SIGNS[condition.sign], condition.limit * DAY_S

    def silent(place: int) -> bool:
        at = reported[place]
        return compare(inf if isnan(at) else now - at, limit)

    return silent


def _in_order(wanted: str, register: Register, places: Sequence[int]) -> list[int]:
    """Names that hold the letters of ``wanted`` in their order: 修一小 for 修武县第一小学."""
    found = re.compile(".*".join(map(re.escape, wanted))).search
    return [place for place in places if found(register.hay[place].partition("\n")[0])]


def _names(verdict: Verdict, word: str, wanted: str) -> bool:
    """True for the beginning of the verdict's code or word: ``未`` while typing, ``falls`` for ``falls_short``."""
    return verdict.value.startswith(wanted) or word.casefold().replace(" ", "_").startswith(wanted)
