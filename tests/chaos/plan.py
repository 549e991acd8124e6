"""What is killed when: data, made from the seed, so that a run can be repeated.

The clock of a plan is the number of leads that were answered, so it means the same on a fast machine and on a slow one.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from signal import SIGKILL, Signals
from typing import Literal

SizeName = Literal["quick", "full"]
LONGEST_DELAY = 0.3


@dataclass(frozen=True)
class Size:
    leads: int
    kills: int


SIZES: dict[SizeName, Size] = {"quick": Size(1_000, 20), "full": Size(20_000, 200)}


@dataclass(frozen=True)
class Fault:
    """When so many leads were answered, and a moment after that, this process gets that signal."""

    after: int
    delay: float
    target: str
    signal: Signals = SIGKILL

    def __str__(self) -> str:
        return f"after {self.after} leads and {self.delay:.2f} s: {self.signal.name} to {self.target}"


def faults(seed: int, size: Size, targets: Sequence[str]) -> list[Fault]:
    """Every target has its turn before any is killed again. A name that stands there twice is killed twice as often."""
    chance = random.Random(f"faults {seed}")
    deck: list[str] = []
    while len(deck) < size.kills:
        deck += chance.sample(list(targets), len(targets))
    moments = sorted(chance.randint(1, size.leads * 9 // 10) for _ in range(size.kills))
    return [
        Fault(after, round(chance.uniform(0, LONGEST_DELAY), 2), target)
        for after, target in zip(moments, deck, strict=False)
    ]
