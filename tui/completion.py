"""Grey text behind what is typed in the filter line: fields, then the values they have; the right arrow takes it."""

from collections.abc import Iterable

from textual.suggester import Suggester

from contract.outcome import Verdict
from tui.schools import Schools
from tui.wording import Words

FIELDS = {
    "zh_CN": ("区县:", "结论:", "类型:", "差距:", "编号:", "带宽<", "上行<", "得分<", "覆盖率<", "设备<", "未上报>"),
    "en": ("county:", "verdict:", "kind:", "gap:", "id:", "download<", "score<", "coverage<", "devices<", "silent>"),
}
BOTH = ("ipv6<",)


class Completion(Suggester):
    """Completes the last word of the line. What is offered comes from the schools that are loaded."""

    def __init__(self, schools: Schools, words: Words) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._schools = schools
        self._words = words

    async def get_suggestion(self, value: str) -> str | None:
        """The whole line with its last word completed, or None."""
        return self.complete(value)

    def complete(self, value: str) -> str | None:
        """The same without waiting."""
        head, _, last = value.rpartition(" ")
        if not last:
            return None
        field, colon, begun = last.replace("：", ":").partition(":")
        offers = [field + colon + word for word in self._values(field)] if colon else self._fields()
        wanted = field + colon + begun
        found = next((offer for offer in offers if offer.startswith(wanted) and offer != wanted), None)
        return None if found is None else f"{head} {found}".lstrip() if head else found

    def _fields(self) -> Iterable[str]:
        mine = self._words.texts.language
        return (
            *FIELDS[mine],
            *BOTH,
            *(field for language, fields in FIELDS.items() if language != mine for field in fields),
        )

    def _values(self, field: str) -> list[str]:
        register, words = self._schools.register, self._words
        match field:
            case "county" | "区县":
                return register.counties.words
            case "kind" | "类型":
                return [words.kind(word) for word in register.kinds.words]
            case "verdict" | "结论":
                return [words(f"verdict.{verdict.value}").replace(" ", "_") for verdict in Verdict]
            case "gap" | "差距":
                return [words.pick(gap.title).partition(" ")[0] for gap in register.gaps]
            case _:
                return []
