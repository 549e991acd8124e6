"""Made-up days by seeded chance: counts that scatter as counts do, weekdays, trends. The same seed, the same days."""

import math
import random
from collections.abc import Callable, Sequence

from services.analytics_svc.anomalies.expectation import Expected, Reading, Verdict, expect, judge

WEEK = (1.0, 1.1, 1.1, 1.0, 0.9, 0.5, 0.4)


def poisson(chance: random.Random, mean: float) -> int:
    """Knuth's way; for large means the normal law is as good."""
    if mean > 500:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    number, product, least = 0, chance.random(), math.exp(-mean)
    while product > least:
        number, product = number + 1, product * chance.random()
    return number


def counts(days: int, of: Callable[[int], float], seed: int) -> list[float]:
    chance = random.Random(seed)
    return [poisson(chance, of(day)) for day in range(days)]


def scattered(days: int, of: Callable[[int], float], seed: int, spread: float = 0.1) -> list[float]:
    """Money: its noise is a share of it."""
    chance = random.Random(seed)
    return [of(day) * math.exp(chance.gauss(0, spread)) for day in range(days)]


def readings(values: Sequence[float | None], *, counted: bool = True) -> list[Reading]:
    """One a day; None is a gap."""
    return [
        Reading(day, (day % 7,), value, value if counted else None)
        for day, value in enumerate(values)
        if value is not None
    ]


def verdicts(found: Sequence[Reading], cycle: int = 7) -> dict[int, Verdict]:
    """By step, those that are not as usual: what a system would say that hears of one reading after the other."""
    said: dict[int, Verdict] = {}
    before = None
    for at, reading in enumerate(found):
        expected = expect(found[max(0, at - 8 * cycle) : at], reading.step, reading.slots, cycle)
        verdict = judge(expected, reading.value, before) if isinstance(expected, Expected) else None
        before = verdict.direction if verdict else None
        if verdict:
            said[reading.step] = verdict
    return said
