"""What a measurement says: a table, the bars it is held against, and the page that all of them make."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median

from bench.machine import Span, description

INTRODUCTION = """\
# What is claimed about speed, measured

Made by `make bench`. Everything runs on one machine, load generator, brokers and databases included. What is compared
is measured in interleaved rounds (A B A B ...); a ratio is the median of the ratios within the rounds, so that whatever
else the machine does weighs on both sides. *Others* is the share of all cores that programs outside of the measurement
had meanwhile: with much of it the milliseconds say little, and the ratios still do. What becomes of leads when all of
it is killed again and again stands in [CHAOS.md](CHAOS.md).
"""


@dataclass(frozen=True)
class Bar:
    """A claim and what was found. `why` says where the time goes; it is shown where the claim does not hold."""

    claim: str
    measured: float
    limit: float
    at_least: bool = True
    why: str = ""
    unit: str = "x"

    @property
    def met(self) -> bool:
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    def line(self) -> str:
        sign = "≥" if self.at_least else "≤"
        measured = f"{self.measured:.2f}" if self.measured < 100 else f"{self.measured:,.0f}"
        found = f"{self.claim}: {measured}{self.unit} ({sign} {self.limit:,g}{self.unit})"
        if self.met:
            return f"- **met**: {found}"
        return f"- **missed by {abs(self.measured / self.limit - 1):.0%}**: {found}. {self.why}"


@dataclass
class Finding:
    """One table of the page. Cells are texts, ready to read."""

    title: str
    about: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)

    def text(self) -> str:
        table = [_row(self.columns), _row(["---"] + ["---:"] * (len(self.columns) - 1)), *map(_row, self.rows)]
        parts = [f"## {self.title}", self.about, "\n".join(table), "\n".join(bar.line() for bar in self.bars)]
        return "\n\n".join(part for part in (*parts, self._meanwhile()) if part)

    def _meanwhile(self) -> str:
        others = sorted(span.others for span in self.spans) or [0.0]
        load = max((span.load for span in self.spans), default=0.0)
        return (
            f"Others had {median(others):.0%} of the machine (median of {len(others)} rounds, from {others[0]:.0%} to "
            f"{others[-1]:.0%}); load average up to {load:.1f}."
        )


def page(findings: Sequence[Finding], seconds: float) -> str:
    machine = "\n".join(f"* {line}" for line in description())
    made = f"* {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, in {seconds / 60:.0f} minutes"
    missed = sum(not bar.met for finding in findings for bar in finding.bars)
    bars = sum(len(finding.bars) for finding in findings)
    count = f"Of {bars} bars {bars - missed} are met, {missed} missed."
    return "\n\n".join([INTRODUCTION, f"{machine}\n{made}", count, *(one.text() for one in findings)]) + "\n"


def ratio(over: Sequence[float], under: Sequence[float]) -> float:
    """The median of the ratios within each round."""
    return median(a / b for a, b in zip(over, under, strict=True))


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
