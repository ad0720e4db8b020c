"""One line that says what went wrong and what to do; not there while all is well."""

from rich.text import Text
from textual.widgets import Static

from tui.errors import TuiError
from tui.wording import Words


class FaultBar(Static):
    """Holds one fault per subject and shows the one that came last."""

    def __init__(self, words: Words) -> None:
        super().__init__("", id="fault", markup=False)
        self._words = words
        self._faults: dict[str, TuiError] = {}

    def on_mount(self) -> None:
        """Nothing is wrong yet."""
        self.display = False

    @property
    def faults(self) -> dict[str, TuiError]:
        """By subject."""
        return dict(self._faults)

    def raise_fault(self, subject: str, error: TuiError) -> None:
        """Show a fault until :meth:`clear_fault` of the same subject."""
        self._faults.pop(subject, None)
        self._faults[subject] = error
        self._draw()

    def clear_fault(self, subject: str) -> None:
        """That question was answered."""
        self._faults.pop(subject, None)
        self._draw()

    def _draw(self) -> None:
        self.display = bool(self._faults)
        if self._faults:
            self.update(Text(f"! {self._words.explain(list(self._faults.values())[-1])}"))
