"""Another daily budget for one campaign: a fifth less where a conversion clearly costs more than everywhere, a fifth
more where it clearly costs less. Pure, and the same for the same figures.

*Clearly* is 1.3 times, and three times the noise of counting: what the spend of the campaign buys at the price of all
is expected, and what it bought is beside it, both as square roots (Anscombe, 1948). A campaign without a conversion is
judged in the same way. Budgets are absolute, so applying one twice changes nothing.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_UP, Decimal

from services.analytics_svc.channels.days import CampaignDay, earlier
from shared.decimals import WIDE, plain
from shared.money import Money

SPAN, CURRENT = timedelta(days=28), timedelta(days=7)
STEP = Decimal("0.2")
CLEAR = 1.3
SURE = 3.0
LEAST_EXPECTED = 10
LEAST_CONVERSIONS = 20
LEAST_OF_ALL = 30
LEAST_DAYS = 4
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Bought:
    """What was spent on days of which both are known, and what for."""

    spend: Decimal
    conversions: Decimal

    @classmethod
    def by(cls, days: Iterable[CampaignDay], newest: date) -> "Bought":
        spend = conversions = Decimal(0)
        for day in days:
            if earlier(newest, SPAN) < day.day <= newest and day.spend is not None and day.conversions is not None:
                spend, conversions = spend + day.spend, conversions + day.conversions
        return cls(spend, conversions)


@dataclass(frozen=True, slots=True)
class Suggested:
    current_daily_spend: Money
    daily_budget: Money
    reason: str
    based_on: dict[str, Decimal]


def suggest(own: Sequence[CampaignDay], everyone: Bought, newest: date, currency: str) -> Suggested | None:
    """`own` are complete days of one campaign in `currency`, `everyone` is what all of that currency bought."""
    bought, current = Bought.by(own, newest), _daily_spend(own, newest)
    if current is None or bought.spend <= 0 or everyone.spend <= 0 or everyone.conversions < LEAST_OF_ALL:
        return None
    expected = bought.spend * everyone.conversions / everyone.spend
    factor = _factor(float(bought.conversions), float(expected))
    if factor is None:
        return None
    budget = _budget(current, factor)
    reason = _reason(bought, everyone, current, budget, currency)
    return Suggested(
        Money.of(current, currency), Money.of(budget, currency), reason, _based_on(bought, everyone, expected)
    )


def _factor(conversions: float, expected: float) -> Decimal | None:
    strays = 2 * (math.sqrt(conversions + 0.375) - math.sqrt(expected + 0.375))
    if expected >= LEAST_EXPECTED and strays <= -SURE and conversions * CLEAR <= expected:
        return 1 - STEP
    if conversions >= LEAST_CONVERSIONS and strays >= SURE and conversions >= expected * CLEAR:
        return 1 + STEP
    return None


def _daily_spend(own: Iterable[CampaignDay], newest: date) -> Decimal | None:
    """The mean of the days of the newest week that have a figure; None where too few have."""
    spends = [day.spend for day in own if earlier(newest, CURRENT) < day.day <= newest and day.spend is not None]
    if len(spends) < LEAST_DAYS or sum(spends) <= 0:
        return None
    return (sum(spends, Decimal(0)) / len(spends)).quantize(_CENT, ROUND_HALF_EVEN)


def _budget(current: Decimal, factor: Decimal) -> Decimal:
    """Rounded towards what is spent now, so that the step is never larger than it may be."""
    least = Decimal(1) if current >= 1000 else _CENT
    return (current * factor).quantize(least, ROUND_UP if factor < 1 else ROUND_DOWN)


def _reason(bought: Bought, everyone: Bought, current: Decimal, budget: Decimal, currency: str) -> str:
    cost = (
        f"a conversion costs {_cost(bought):.2f} {currency} here" if bought.conversions else "nothing was bought here"
    )
    return (
        f"{cost} and {_cost(everyone):.2f} {currency} over all campaigns, from {plain(bought.conversions)} conversions "
        f"for {bought.spend:.2f} {currency} in 28 days; {budget} a day instead of {current}"
    )


def _based_on(bought: Bought, everyone: Bought, expected: Decimal) -> dict[str, Decimal]:
    known = {
        "spend_28d": bought.spend,
        "conversions_28d": bought.conversions,
        "conversions_expected_28d": expected,
        "cpa_all_28d": _cost(everyone),
    }
    if bought.conversions:
        known["cpa_28d"] = _cost(bought)
    return {name: value.quantize(Decimal("1e-4"), context=WIDE) for name, value in known.items()}


def _cost(bought: Bought) -> Decimal:
    return bought.spend / bought.conversions
