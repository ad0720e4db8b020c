"""For the whole suite: fresh catalogues, no proxy, a fixed language, and one place that decides about namespaces."""

import os

import pytest

from hatch_build import compile_catalogues
from locales.texts import Texts
from tests.testbed.namespaces import missing


def pytest_configure(config: pytest.Config) -> None:
    """Compile the catalogues once, so that an edited translation is what the tests see."""
    if not hasattr(config, "workerinput"):  # the parallel workers find them compiled
        compile_catalogues()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that build networks are skipped where they cannot be built, with the reason in the summary."""
    reason = missing()
    if reason is None:
        return
    for item in items:
        if item.get_closest_marker("namespaces"):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy and no personal configuration of whoever runs the tests."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("CAMPUS_"):
            monkeypatch.delenv(name)
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "STATE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(params=["zh_CN", "en"])
def texts(request: pytest.FixtureRequest) -> Texts:
    """Each language in turn."""
    return Texts(request.param)
