"""The page of release-size runs: a run replaces its own part and leaves the others as they were."""

from pathlib import Path

from bench.machine import Span
from bench.report import Bar
from tests.chaos.page import finding, keep


def test_a_run_replaces_its_own_part_and_leaves_the_others(tmp_path: Path) -> None:
    page = tmp_path / "CHAOS.md"
    for title, kills in (("One", "1"), ("Two", "2"), ("One", "3")):
        keep(finding(title, "About.", {"kills": kills}, Span(60.0), [Bar("p99", 1.5, 2.0, at_least=False)]), page)
    _, one, two = page.read_text().split("\n## ")
    assert one.startswith("One\n") and "| kills | 3 |" in one and "**met**" in one
    assert two.startswith("Two\n") and "| kills | 2 |" in two
