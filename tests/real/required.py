"""RAINMAKER_REQUIRE, a comma list of `postgres`, `kafka` and `node`: a run really uses what it names, or fails.

Without it, tests of what cannot be had are skipped, and the reason is printed.
"""

import os
from collections.abc import Iterator
from typing import NoReturn

import pytest

FIXTURES = {"postgres": "postgres_server", "kafka": "kafka", "node": "asyncapi_parser"}
"""The real parts, and the fixture that a test asks for, directly or through another, when it stands on one."""

REAL = "real part"
"""A property of tests that came to a real part by `getfixturevalue`, which pytest does not list for a test."""

USED = pytest.StashKey[dict[str, int]]()


def required() -> set[str]:
    return {name for name in os.environ.get("RAINMAKER_REQUIRE", "").split(",") if name}


def absent(part: str, reason: str) -> NoReturn:
    """Skip the test that needs this part, or fail it where the part is required."""
    if part in required():
        pytest.fail(f"RAINMAKER_REQUIRE names {part}, and it cannot be had: {reason}")
    pytest.skip(f"no {part}: {reason}")


def pytest_configure(config: pytest.Config) -> None:
    if unknown := required() - set(FIXTURES):
        raise pytest.UsageError(f"RAINMAKER_REQUIRE knows {', '.join(FIXTURES)}, not {', '.join(sorted(unknown))}")
    config.stash[USED] = dict.fromkeys(FIXTURES, 0)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    yield  # a test that is skipped in its body, or fails, raises here and is not counted
    for part, fixture in FIXTURES.items():
        asked = fixture in getattr(item, "fixturenames", ()) or (REAL, part) in item.user_properties
        item.config.stash[USED][part] += asked


def _unused(config: pytest.Config) -> list[str]:
    return [part for part in sorted(required()) if not config.stash[USED][part]]


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.exitstatus == pytest.ExitCode.OK and _unused(session.config) and not session.config.option.collectonly:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for part, count in config.stash[USED].items():
        if count:
            terminalreporter.write_line(f"{part}: the real one was used by {count} tests that passed")
    for part in _unused(config):
        terminalreporter.write_line(
            f"{part}: required by RAINMAKER_REQUIRE, and no test passed on it: failed", red=True
        )
