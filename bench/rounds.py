"""Rounds: each variant once, then each again, so that what the machine does meanwhile meets all of them alike."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bench.machine import Span, watched

T = TypeVar("T")


@dataclass(frozen=True)
class Size:
    """How much is measured: seconds of a load, facts of a round, companies in a roll-up, facts that are stored before
    some are counted, rows of a file.
    """

    rounds: int = 3
    seconds: float = 2.0
    events: int = 10_000
    companies: int = 10_000_000
    stored: int = 1_000_000
    rows: int = 100_000

    @property
    def few(self) -> int:
        """Rounds, where one is long."""
        return max(1, self.rounds * 3 // 5)


FULL = Size()
QUICK = Size(rounds=2, seconds=0.7, events=2_000, companies=200_000, stored=100_000, rows=12_000)
TINY = Size(rounds=1, seconds=0.2, events=200, companies=2_000, stored=2_000, rows=200)


def interleaved(variants: Mapping[str, Callable[[], T]], rounds: int, spans: list[Span]) -> dict[str, list[T]]:
    """What each variant gave in each round. Every second round goes backwards: nobody is always first."""
    found: dict[str, list[T]] = {name: [] for name in variants}
    for number in range(rounds):
        for name in list(variants)[:: 1 if number % 2 == 0 else -1]:
            with watched() as span:
                found[name].append(variants[name]())
            spans.append(span)
    return found
