"""What is sent and killed when: data, made from the seed, so that a run can be repeated.

The clock of a plan is the number of rows that were promised, so it means the same on a fast machine and on a slow one.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from signal import SIGKILL, Signals
from typing import Literal

from tests.chaos import companies, metrics, people
from tests.chaos.calls import Request, mixed
from tests.chaos.companies import File

SizeName = Literal["quick", "full"]
LONGEST_DELAY = 0.3


@dataclass(frozen=True)
class Size:
    """How many leads, reports of ads and companies; half of the companies come in a file."""

    leads: int
    metrics: int
    companies: int
    kills: int

    @property
    def posted(self) -> int:
        """Rows that are sent at the least: some companies are told of again."""
        return self.leads + self.metrics + self.companies // 2

    def calls(self, seed: int) -> list[Request]:
        return mixed(
            seed,
            people.requests(seed, self.leads),
            metrics.requests(seed, self.metrics),
            companies.posted(seed, self.companies // 2),
        )

    def file(self, seed: int) -> File:
        return companies.file(seed, self.companies - self.companies // 2)


SIZES: dict[SizeName, Size] = {
    "quick": Size(leads=1_000, metrics=1_000, companies=1_000, kills=20),
    "full": Size(leads=20_000, metrics=20_000, companies=2_000, kills=200),
}
"""A company in the file stands there twenty times, so a full run imports 20,000 rows too."""


@dataclass(frozen=True)
class Fault:
    """When so many rows were promised, and a moment after that, this process gets that signal."""

    after: int
    delay: float
    target: str
    signal: Signals = SIGKILL

    def __str__(self) -> str:
        return f"after {self.after} rows and {self.delay:.2f} s: {self.signal.name} to {self.target}"


def faults(seed: int, size: Size, targets: Sequence[str]) -> list[Fault]:
    """Every target has its turn before any is killed again. A name that stands there twice is killed twice as often."""
    chance = random.Random(f"faults {seed}")
    deck: list[str] = []
    while len(deck) < size.kills:
        deck += chance.sample(list(targets), len(targets))
    moments = sorted(chance.randint(1, size.posted * 9 // 10) for _ in range(size.kills))
    return [
        Fault(after, round(chance.uniform(0, LONGEST_DELAY), 2), target)
        for after, target in zip(moments, deck, strict=False)
    ]
