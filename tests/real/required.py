"""RAINMAKER_REQUIRE, a comma list of `postgres`, `kafka`, `node`, `history`: a run really uses what it names, or fails.

Without it, tests of what cannot be had are skipped, and the reason is printed.
"""

import os
from typing import NoReturn

import pytest

FIXTURES = {"postgres": "postgres_server", "kafka": "kafka", "node": "node", "history": "previous_version"}
"""The real parts, and the fixture that a test asks for, directly or through another, when it stands on one."""

REAL = "real part"
"""A property of a test that stands on one; its report carries it, also from the worker process that ran the test."""


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
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Count())


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    asked = getattr(item, "fixturenames", ())
    item.user_properties += [(REAL, part) for part, fixture in FIXTURES.items() if fixture in asked]


class Count:
    """How many tests passed on each part. It is kept where every report arrives: not in a worker of pytest-xdist."""

    def __init__(self) -> None:
        self.used = dict.fromkeys(FIXTURES, 0)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test that is skipped in its body, or fails, has shown nothing about the part."""
        if report.when == "call" and report.passed:
            for part in {str(value) for name, value in report.user_properties if name == REAL}:
                self.used[part] += 1

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if session.exitstatus == pytest.ExitCode.OK and self._unused() and not session.config.option.collectonly:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for part, count in self.used.items():
            if count:
                terminalreporter.write_line(f"{part}: the real one was used by {count} tests that passed")
        for part in self._unused():
            terminalreporter.write_line(
                f"{part}: required by RAINMAKER_REQUIRE, and no test passed on it: failed", red=True
            )

    def _unused(self) -> list[str]:
        return [part for part in sorted(required()) if not self.used[part]]
