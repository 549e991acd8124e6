"""What can be asked of a day of a campaign: ten measures, each a figure with what was counted for it, or nothing.

A measure that was not reported is None, and so is a ratio whose divisor is zero or unknown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from shared.contracts.analytics import Measure
from shared.decimals import nine_decimals, ratio


class Figures(Protocol):
    """What was reported, of one day or of several together."""

    @property
    def impressions(self) -> int | None: ...
    @property
    def clicks(self) -> int | None: ...
    @property
    def spend(self) -> Decimal | None: ...
    @property
    def conversions(self) -> Decimal | None: ...
    @property
    def revenue(self) -> Decimal | None: ...


Asked = Callable[[Figures], int | Decimal | None]


@dataclass(frozen=True, slots=True)
class Kind:
    """`counted` is what its noise comes from. `least`: below it a day is too small to be judged. `words` are for
    sentences, `decimals` for both.
    """

    value: Asked
    counted: Asked
    least: int
    words: str
    unit: str
    decimals: int
    ratio: bool = False


def _per_thousand(day: Figures) -> Decimal | None:
    return ratio(None if day.spend is None else day.spend * 1000, day.impressions)


KINDS: Mapping[Measure, Kind] = {
    "impressions": Kind(lambda d: d.impressions, lambda d: d.impressions, 100, "impressions", "", 0),
    "clicks": Kind(lambda d: d.clicks, lambda d: d.clicks, 20, "clicks", "", 0),
    "conversions": Kind(lambda d: d.conversions, lambda d: d.conversions, 10, "conversions", "", 0),
    "spend": Kind(lambda d: d.spend, lambda d: d.clicks, 0, "spend", "money", 2),
    "revenue": Kind(lambda d: d.revenue, lambda d: d.conversions, 0, "revenue", "money", 2),
    "ctr": Kind(lambda d: ratio(d.clicks, d.impressions), lambda d: d.clicks, 20, "clicks per impression", "", 4, True),
    "cpc": Kind(lambda d: ratio(d.spend, d.clicks), lambda d: d.clicks, 20, "cost per click", "money", 2, True),
    "cpm": Kind(_per_thousand, lambda d: d.impressions, 1000, "cost per 1,000 impressions", "money", 2, True),
    "cpa": Kind(
        lambda d: ratio(d.spend, d.conversions), lambda d: d.conversions, 10, "cost per conversion", "money", 2, True
    ),
    "roas": Kind(lambda d: ratio(d.revenue, d.spend), lambda d: d.conversions, 10, "revenue per spend", "", 2, True),
}
TESTED: tuple[Measure, ...] = ("impressions", "clicks", "spend", "conversions", "cpc", "cpa")
"""What alarms are about. The others follow from these."""


def value_of(day: Figures, measure: Measure) -> Decimal | None:
    value = KINDS[measure].value(day)
    return None if value is None else Decimal(value)


def count_of(day: Figures, measure: Measure) -> float | None:
    count = KINDS[measure].counted(day)
    return None if count is None else float(count)


def written(value: float | Decimal, measure: Measure, currency: str | None = None) -> str:
    """For people: `1,234` clicks, `12.30 EUR`, `0.0123`."""
    decimals = KINDS[measure].decimals
    small = value and abs(value) < 10 ** (1 - decimals)
    text = f"{value:,.{decimals + 2 if small else decimals}f}"
    return f"{text} {currency}" if currency and KINDS[measure].unit == "money" else text


def rounded(value: float) -> Decimal:
    """An estimate, to six digits that count: more would only look exact."""
    return nine_decimals(Decimal(f"{value:.6g}")).normalize() if value else Decimal(0)
