"""Where the fixtures of all tests come from. `required` is first: it counts what the others really used."""

import pytest

pytest_plugins = [
    "tests.real.required",
    "tests.real.fixtures",
    "tests.real.pg_fixtures",
    "tests.fixtures",
    "tests.patience",
]

LONGEST_FIRST = ("tests/chaos/test_chaos.py", "tests/chaos/", "tests/faults/", "tests/e2e/", "tests/services/")
"""Whole systems that are started and killed. If one began last, its worker alone would run for minutes."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):  # of pytest-xdist; alone, the quick ones come first
        items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    ranks = (rank for rank, start in enumerate(LONGEST_FIRST) if item.nodeid.startswith(start))
    return next(ranks, len(LONGEST_FIRST))
