"""docs/assurance.md: which tests hold each promise, and what became of them when they last ran as a whole.

`make assurance` writes the last column from the results that a whole `make test` left (`RESULTS=FILE` for others').
"""

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from pathlib import Path
from xml.etree import ElementTree

from tests.e2e.system import ROOT

PAGE = ROOT / "docs" / "assurance.md"
HEAD = "| promise | test | last result |"
RUN = "Last results: "
NOT_RUN = "did not run"
_NAMED = re.compile(r"`([\w/{},.]*(?:test_\w+\.py|/))`")

Results = Mapping[str, Counter[str]]
"""By module, such as `tests/chaos/test_oracle.py`: how many tests passed, failed, were skipped."""


@dataclass(frozen=True, slots=True)
class Row:
    """One promise; `tests` are modules, and folders with all in them."""

    place: int
    promise: str
    named: str
    tests: Sequence[Path]


def rows(lines: Sequence[str]) -> Iterator[Row]:
    within, before = False, list[Path]()
    for place, line in enumerate(lines):
        if not line.startswith("|"):
            within = False
        elif line == HEAD:
            within = True
        elif within and not line.startswith("|---"):
            promise, named, *_ = (cell.strip() for cell in line.strip("|").split(" | "))
            before = before if named == "the same" else list(_paths(named))
            yield Row(place, promise, named, before)


def _paths(named: str) -> Iterator[Path]:
    """A name without a folder lies beside the one before it."""
    folder = ROOT
    for name in _NAMED.findall(named):
        for path in (ROOT / one if "/" in one else folder / one for one in _spelled_out(name)):
            folder = path if path.is_dir() else path.parent
            yield path


def _spelled_out(name: str) -> Iterator[str]:
    """`a/{b,c}/d` is `a/b/d` and `a/c/d`."""
    parts = re.split(r"\{([^}]*)\}", name)
    choices = [part.split(",") if place % 2 else [part] for place, part in enumerate(parts)]
    return ("".join(chosen) for chosen in product(*choices))


def filled(lines: Sequence[str], results: Results, run: str) -> list[str]:
    """The page with what became of each row's tests."""
    new = [RUN + run if line.startswith(RUN) else line for line in lines]
    for row in rows(lines):
        new[row.place] = f"| {row.promise} | {row.named} | {_said(row.tests, results)} |"
    return new


def _said(tests: Sequence[Path], results: Results) -> str:
    found = Counter[str]()
    for path in {path.relative_to(ROOT).as_posix() for path in tests}:
        for module, counts in results.items():
            if module == path or module.startswith(f"{path}/"):
                found += counts
    return ", ".join(f"{number} {what}" for what, number in sorted(found.items())) or NOT_RUN


def read(file: Path) -> tuple[Results, str]:
    """The results that pytest wrote as JUnit's XML, and one sentence about that run."""
    suite = next(ElementTree.parse(file).getroot().iter("testsuite"))  # noqa: S314  # written by our own run
    results: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for case in suite.iter("testcase"):
        results[case.get("classname", "").replace(".", "/") + ".py"][_became(case)] += 1
    total = sum(results.values(), Counter[str]())
    if not total:
        sys.exit(f"{file} holds no test that ran; a whole `make test` writes it.")
    began, minutes = datetime.fromisoformat(suite.get("timestamp", "")), float(suite.get("time", 0)) / 60
    said = ", ".join(f"{number:,} {what}" for what, number in sorted(total.items(), key=lambda one: -one[1]))
    return results, f"{said}, all in one run on {began:%Y-%m-%d}, {minutes:.0f} minutes."


def _became(case: ElementTree.Element) -> str:
    said = {child.tag: child.get("type", "") for child in case}
    if "failure" in said or "error" in said:
        return "failed"
    if "skipped" in said:
        return "failed as expected" if said["skipped"] == "pytest.xfail" else "skipped"
    return "passed"


def main() -> None:
    page = filled(PAGE.read_text().splitlines(), *read(Path(sys.argv[1])))
    if missing := [row.promise for row in rows(page) if page[row.place].endswith(f"{NOT_RUN} |")]:
        raise SystemExit(f"These were not in that run, which is no whole one: {'; '.join(missing)}")
    PAGE.write_text("\n".join(page) + "\n")


if __name__ == "__main__":
    main()
