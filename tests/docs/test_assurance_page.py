"""docs/assurance.md names tests that are there, for every promise, and says what became of them."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.docs.assured import HEAD, PAGE, RUN, Row, filled, read, rows
from tests.e2e.system import ROOT

LINES = PAGE.read_text().splitlines()
ROWS = list(rows(LINES))
JUNIT = """\
<testsuites><testsuite timestamp="2026-01-31T09:30:00+00:00" time="600.0">
<testcase classname="tests.chaos.test_oracle" name="a"/>
<testcase classname="tests.chaos.test_oracle" name="b"><failure type="" message="no"/></testcase>
<testcase classname="tests.deploy.test_compose" name="c"><skipped type="pytest.skip" message="no"/></testcase>
</testsuite></testsuites>
"""


def test_all_its_promises_are_read() -> None:
    assert len(ROWS) > 80
    assert sum(line.startswith(RUN) for line in LINES) == 1


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.promise[:40])
def test_what_holds_a_promise_is_there(row: Row) -> None:
    assert row.tests and [path for path in row.tests if not path.exists()] == []


def test_every_promise_says_what_became_of_its_tests() -> None:
    assert [LINES[row.place] for row in ROWS if LINES[row.place].count(" | ") != 2] == []


def test_results_of_nothing_are_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "results.xml").write_text(re.sub("<testcase.*</testcase>|<testcase.*/>", "", JUNIT))
    with pytest.raises(SystemExit, match="holds no test that ran"):
        read(tmp_path / "results.xml")


def test_results_are_written_beside_their_promises(tmp_path: Path) -> None:
    (tmp_path / "results.xml").write_text(JUNIT)
    results, run = read(tmp_path / "results.xml")
    assert results["tests/chaos/test_oracle.py"] == Counter(passed=1, failed=1)
    page = [f"{RUN}none", HEAD, "|---|---|---|", "| it holds | `tests/chaos/test_oracle.py` | never |"]
    page += ["| this too | `tests/deploy/test_compose.py`, `test_secrets.py` |", "| and all | `tests/{chaos,docs}/` |"]
    assert filled(page, results, run) == [
        f"{RUN}1 passed, 1 failed, 1 skipped, all in one run on 2026-01-31, 10 minutes.",
        *page[1:3],
        "| it holds | `tests/chaos/test_oracle.py` | 1 failed, 1 passed |",
        "| this too | `tests/deploy/test_compose.py`, `test_secrets.py` | 1 skipped |",
        "| and all | `tests/{chaos,docs}/` | 1 failed, 1 passed |",
    ]
    assert [path.relative_to(ROOT).as_posix() for path in next(rows(page)).tests] == ["tests/chaos/test_oracle.py"]
