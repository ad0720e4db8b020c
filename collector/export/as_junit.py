"""
JUnit XML: a suite for each school and pack, a case for each criterion.

met → passed; unmet → failure; error → error; unknown, manual and not_applicable → skipped, with the outcome as the first
word of the message, because the format has no other place for "not known".
"""

import re
from xml.etree import ElementTree as ET

from collector.export.rows import Export, stamp
from contract.outcome import Outcome
from contract.score import CriterionResult
from locales.scorecard import threshold_text, value_text
from locales.texts import Texts

_TAGS = {Outcome.UNMET: "failure", Outcome.ERROR: "error"}
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(export: Export, texts: Texts) -> bytes:
    """The document, indented."""
    root = ET.Element("testsuites", name=export.software)
    for entry in export.schools:
        for card in entry.scorecards:
            counted = [result.outcome for result in card.results]
            skipped = len(counted) - sum(counted.count(one) for one in (Outcome.MET, *_TAGS))
            suite = ET.SubElement(
                root,
                "testsuite",
                name=_clean(f"{entry.school.id} {card.pack}"),
                timestamp=stamp(card.scored_at),
                tests=str(len(counted)),
                failures=str(counted.count(Outcome.UNMET)),
                errors=str(counted.count(Outcome.ERROR)),
                skipped=str(skipped),
            )
            for result in card.results:
                _case(suite, entry.school.id, card.pack, result, texts)
    ET.indent(root)
    plain: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return plain + b"\n"


def _case(suite: ET.Element, school: str, pack: str, result: CriterionResult, texts: Texts) -> None:
    name = _clean(f"{result.criterion} {texts.pick(result.title)}")
    case = ET.SubElement(suite, "testcase", classname=_clean(f"{school}.{pack}"), name=name)
    if result.outcome is Outcome.MET:
        return
    message = f"{texts(f'outcome.{result.outcome.value}')}: {texts.say(result.reason)}"
    tag = _TAGS.get(result.outcome, "skipped")
    inner = ET.SubElement(case, tag, message=_clean(message))
    if tag != "skipped":
        inner.set("type", result.reason.code.value)
    if result.outcome is Outcome.UNMET:
        inner.text = _clean(f"{value_text(result, texts)} / {threshold_text(result, texts)}")


def _clean(text: str) -> str:
    """Without the characters that XML 1.0 cannot carry."""
    return _FORBIDDEN.sub("\ufffd", text)
