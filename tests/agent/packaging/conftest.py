"""These take minutes: asked for by name (``pytest -m package``), skipped with the reason otherwise."""

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if "package" in config.getoption("markexpr"):
        return
    for item in items:
        if item.get_closest_marker("package"):
            item.add_marker(pytest.mark.skip(reason="takes minutes; run by `make package-test`"))
