"""`bench/CHAOS.md`: what the release-size runs found, one part for each system, each replaced by its next run."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from bench.machine import Span, description
from bench.report import Bar, Finding

PAGE = Path(__file__).parents[2] / "bench" / "CHAOS.md"
INTRODUCTION = """\
# What was killed, cut off and starved, and what became of it

Made by `make chaos SIZE=full` and `make faults`, which replace their own parts and leave the others. What is
counted is read from the public API and the mail server's log, and compared with the load's own ledger
(`docs/assurance.md` says how). Times and ratios belong to the machine that a part names.
"""


def finding(title: str, about: str, facts: Mapping[str, str], span: Span, bars: list[Bar]) -> Finding:
    """A part of the page: what was counted, in the order given."""
    made = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {span.seconds / 60:.0f} minutes; {description()[0]}."
    return Finding(title, f"{about}\n\n{made}", ["what", ""], [*facts.items()], bars, [span])


def keep(part: Finding, page: Path = PAGE) -> None:
    """The page with this part in the place of the one before, or at its end."""
    parts = _parts(page.read_text()) if page.exists() else {}
    parts[part.title] = part.text().strip()
    page.write_text("\n\n".join([INTRODUCTION.strip(), *parts.values()]) + "\n")


def _parts(text: str) -> dict[str, str]:
    """By title."""
    found = re.split(r"^(?=## )", text, flags=re.MULTILINE)[1:]
    return {part.partition("\n")[0].removeprefix("## "): part.strip() for part in found}
