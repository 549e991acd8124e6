"""What a figure should be, judged by its past alone: a level, a season, a trend, and how far it strays by itself.

Pure, and for any sampling: a reading knows its step (a count of days, of hours) and its slots in the season, the finest
first; a step without a reading is a gap and never a zero. All thinking is on square roots: there the noise of a count
is the same at every size (Anscombe, 1948), a range never reaches below zero, and a season is a factor as it is in life.
Every estimate is a median of some kind, so a few days of nonsense move none of them.

* trend: each reading beside the one half a window before it, in whole seasons (Theil's incomplete method, 1950);
* season: the median of each slot beside the median of all, once the slot was seen twice;
* level: the median of the newest readings, so a step to a new level is news for a week and then the new normal;
* noise: how far past readings strayed from the level known *before* each of them, never less than counting allows.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Direction = Literal["up", "down"]
Severity = Literal["notice", "alarm"]

NOTICE, ALARM = 4.0, 6.0
"""How many times its usual noise a reading strays. Two in a row beyond the first are an alarm as well."""
WINDOW = 8
"""Seasons of the past that are looked at."""
LEAST_READINGS = 14
LEVEL_READINGS = 14
SLOT_READINGS = 2
TREND_SEASONS = 4
LEAST_NOISE = 0.05
"""Of a figure, in its own size: nobody wants to hear of less than four times that."""
FADED = 0.1
"""A slot whose factor is less (weekends of a campaign that rests) says nothing of the level."""


class Reading(NamedTuple):
    """Given in the order of steps. `counted` is how many things stand behind it: the clicks of a cost per click."""

    step: int
    slots: tuple[int, ...]
    value: float
    counted: float | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """On the scale of square roots, but for the three that are shown: `value`, and the range `low` to `high`."""

    root: float
    noise: float
    readings: int

    @property
    def value(self) -> float:
        return _squared(self.root)

    @property
    def low(self) -> float:
        return _squared(max(0.0, self.root - NOTICE * self.noise))

    @property
    def high(self) -> float:
        return _squared(self.root + NOTICE * self.noise)

    def strays(self, value: float) -> float:
        """By how many times the usual noise; negative is below."""
        return (_root(value) - self.root) / self.noise


@dataclass(frozen=True, slots=True)
class TooShort:
    """A past that lets nothing be expected. Only `readings` were found in the window."""

    readings: int

    @property
    def reason(self) -> str:
        return f"{self.readings} readings before it, and {LEAST_READINGS} are needed to know what is usual"


@dataclass(frozen=True, slots=True)
class Verdict:
    direction: Direction
    severity: Severity
    strays: float
    persists: bool


def expect(
    readings: Iterable[Reading], step: int, slots: tuple[int, ...], cycle: int, count: float | None = None
) -> Expected | TooShort:
    """What `step` should bring. Readings of that step and of later ones are not looked at.

    `cycle` is how many steps make a season: 7 days or 168 hours a week. `count` is what was counted for the reading to
    judge, where that is known beforehand, as the clicks are when a cost per click is judged.
    """
    past = [r for r in readings if step - WINDOW * cycle <= r.step < step]
    if len(past) < LEAST_READINGS:
        return TooShort(len(past))
    slope = _slope(past, cycle)
    roots = [_root(r.value) - slope * (r.step - step) for r in past]
    season = _Season(past, roots)
    factors = [season.factor(r.slots) for r in past]
    levels = [root / factor for root, factor in zip(roots, factors, strict=True) if factor > FADED]
    root = _median(levels[-LEVEL_READINGS:]) * season.factor(slots)
    noise = _spread(levels, len(past), season.size)
    return Expected(root, max(noise, _least_noise(past, root, count)), len(past))


def judge(expected: Expected, value: float, before: Direction | None = None) -> Verdict | None:
    """`before` says where the reading before this one strayed to: what persists is an alarm."""
    strays = expected.strays(value)
    if abs(strays) < NOTICE:
        return None
    direction: Direction = "up" if strays > 0 else "down"
    persists = before == direction
    return Verdict(direction, "alarm" if persists or abs(strays) >= ALARM else "notice", strays, persists)


class _Season:
    """A factor for each slot. A slot that is not known yet falls back on the next coarser one, in the end on 1."""

    def __init__(self, past: Sequence[Reading], roots: Sequence[float]) -> None:
        seen: defaultdict[tuple[int, int], list[float]] = defaultdict(list)
        for reading, root in zip(past, roots, strict=True):
            for depth, slot in enumerate(reading.slots):
                seen[depth, slot].append(root)
        middle = _median(roots)
        self._factors = {
            slot: max(_median(found) / middle, 0.0)
            for slot, found in seen.items()
            if middle > 0 and len(found) >= SLOT_READINGS
        }
        self.size = sum(1 for depth, _ in self._factors if depth == 0)

    def factor(self, slots: tuple[int, ...]) -> float:
        known = ((depth, slot) for depth, slot in enumerate(slots) if (depth, slot) in self._factors)
        return self._factors.get(next(known, (-1, -1)), 1.0)


def _slope(past: Sequence[Reading], cycle: int) -> float:
    """Roots per step. Pairs are whole seasons apart, so that the season falls out of their difference."""
    span = past[-1].step - past[0].step + 1
    if span < TREND_SEASONS * cycle:
        return 0.0
    lag = span // 2 // cycle * cycle
    roots = {r.step: _root(r.value) for r in past}
    slopes = [(root - roots[step - lag]) / lag for step, root in roots.items() if step - lag in roots]
    return _median(slopes) if slopes else 0.0


def _spread(levels: Sequence[float], readings: int, parameters: int) -> float:
    """The wider of two robust spreads of the one-step errors, the second for tails that are heavier than usual; and
    more of it where few readings carry many factors.
    """
    errors = sorted(
        abs(level - _median(levels[max(0, at - LEVEL_READINGS) : at]))
        for at, level in enumerate(levels)
        if at >= LEVEL_READINGS // 2
    )
    if not errors:
        return 0.0
    spread = max(_median(errors) / 0.6745, errors[min(len(errors) - 1, len(errors) * 4 // 5)] / 1.2816)
    return spread * math.sqrt((readings + parameters) / max(readings - parameters, 1))


def _least_noise(past: Sequence[Reading], root: float, count: float | None) -> float:
    """Half of the relative error, as the noise of a root is; counting n things errs by the root of n."""
    counts = [r.counted for r in past if r.counted is not None]
    usual = min(_median(counts), math.inf if count is None else count) if counts else math.inf
    counted = 0.5 * abs(root) / math.sqrt(max(usual, 1.0))
    return max(counted, 0.5 * LEAST_NOISE * abs(root), 1e-9)


def _root(value: float) -> float:
    return math.copysign(math.sqrt(abs(value)), value)


def _squared(root: float) -> float:
    return math.copysign(root * root, root)


def _median(values: Sequence[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
