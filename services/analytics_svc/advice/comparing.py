"""The newest week of a channel beside the four weeks before it: did a ratio change, or is it noise? Pure.

A ratio of sums, in logarithms, so that twice and half are as far away. It changed where it moved by a fifth at least,
and by three times what chance does: the larger of what counting allows (a ratio of n things errs by the root of 1/n)
and how much its days differ by themselves. What has changed is so until less than half of that is left.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from services.analytics_svc.channels.days import CampaignDay, earlier
from shared.contracts.analytics import Measure
from shared.decimals import WIDE, nine_decimals

Direction = Literal["better", "worse"]
Part = Callable[[CampaignDay], int | Decimal | None]

AFTER, BEFORE = timedelta(days=7), timedelta(days=28)
LEAST_CHANGE = math.log(1.2)
SURE = 3.0
LEAST_COUNTED, LEAST_COUNTED_BEFORE = 20, 40
LEAST_DAYS, LEAST_DAYS_BEFORE = 4, 14
_FOUR = Decimal("1e-4")


@dataclass(frozen=True, slots=True)
class Ratio:
    """`above` / `below`; `counted` is what its noise comes from."""

    above: Part
    below: Part
    counted: Part
    more_is: Direction
    words: str


RATIOS: Mapping[Measure, Ratio] = {
    "ctr": Ratio(
        lambda d: d.clicks, lambda d: d.impressions, lambda d: d.clicks, "better", "clicks per impression were"
    ),
    "cpc": Ratio(lambda d: d.spend, lambda d: d.clicks, lambda d: d.clicks, "worse", "a click cost"),
    "cpa": Ratio(lambda d: d.spend, lambda d: d.conversions, lambda d: d.conversions, "worse", "a conversion cost"),
    "roas": Ratio(lambda d: d.revenue, lambda d: d.spend, lambda d: d.conversions, "better", "revenue per spend was"),
}


@dataclass(frozen=True, slots=True)
class Span:
    """Sums over those of its days that have both parts of the ratio."""

    days: Sequence[tuple[Decimal, Decimal]]
    counted: Decimal

    @property
    def ratio(self) -> Decimal:
        return sum((above for above, _ in self.days), Decimal(0)) / sum((below for _, below in self.days), Decimal(0))


@dataclass(frozen=True, slots=True)
class Compared:
    """`change` is (after - before) / before, of what was before it was rounded: that may leave nothing. `moved` is the
    logarithm of after / before, `needed` what it takes to be a change.
    """

    before: Decimal
    after: Decimal
    change: Decimal
    moved: float
    needed: float
    direction: Direction

    @property
    def changed(self) -> bool:
        return abs(self.moved) >= self.needed

    def still(self, direction: str) -> bool:
        return self.direction == direction and abs(self.moved) >= self.needed / 2


def compare(days: Sequence[CampaignDay], measure: Measure, newest: date) -> Compared | None:
    """None where too little was counted, or on too few days, to say anything. `days` are complete ones of one channel
    and currency, in any order.
    """
    ratio = RATIOS[measure]
    week, weeks = earlier(newest, AFTER), earlier(newest, AFTER + BEFORE)
    after, before = _span(days, ratio, week, newest), _span(days, ratio, weeks, week)
    if not (_enough(after, LEAST_DAYS, LEAST_COUNTED) and _enough(before, LEAST_DAYS_BEFORE, LEAST_COUNTED_BEFORE)):
        return None
    if after.ratio <= 0 or before.ratio <= 0:
        return None
    moved = math.log(after.ratio / before.ratio)
    needed = max(LEAST_CHANGE, SURE * max(_counting_noise(before, after), _daily_noise(before, after)))
    better = (moved > 0) == (ratio.more_is == "better")
    change = (WIDE.divide(after.ratio, before.ratio) - 1).quantize(_FOUR, context=WIDE)
    rounded = nine_decimals(before.ratio), nine_decimals(after.ratio)
    return Compared(*rounded, change, moved, needed, "better" if better else "worse")


def reason(measure: Measure, compared: Compared, currency: str | None) -> str:
    unit = f" {currency}" if currency and measure in ("cpc", "cpa") else ""
    after, before = (f"{value:.4g}" for value in (compared.after, compared.before))
    if unit:
        after, before = (f"{value:.2f}" for value in (compared.after, compared.before))
    return f"{RATIOS[measure].words} {after}{unit} in the last 7 days, {before} in the 28 days before"


def _span(days: Sequence[CampaignDay], ratio: Ratio, beyond: date, until: date) -> Span:
    found: list[tuple[Decimal, Decimal]] = []
    counted = Decimal(0)
    for day in days:
        above, below, count = ratio.above(day), ratio.below(day), ratio.counted(day)
        if beyond < day.day <= until and above is not None and below is not None and count is not None:
            found.append((Decimal(above), Decimal(below)))
            counted += count
    return Span(found, counted)


def _enough(span: Span, days: int, counted: int) -> bool:
    return len(span.days) >= days and span.counted >= counted and sum(below for _, below in span.days) > 0


def _counting_noise(before: Span, after: Span) -> float:
    return math.sqrt(1 / float(before.counted) + 1 / float(after.counted))


def _daily_noise(before: Span, after: Span) -> float:
    """From the median distance of a day's ratio to that of all days before: one bad day does not count for noise."""
    middle = math.log(before.ratio)
    far = sorted(abs(math.log(above / below) - middle) for above, below in before.days if above > 0 and below > 0)
    spread = far[len(far) // 2] / 0.6745 if far else 0.0
    return spread * math.sqrt(1 / len(before.days) + 1 / len(after.days))
