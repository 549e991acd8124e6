"""Figures as the API answers them: counts over everything, money in each currency for itself."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.analytics_svc.channels.figures import NO_KIND, NOTHING, Vector, plus
from services.analytics_svc.channels.ratios import Tallies, Tally, by_kind, cost_each, share
from services.analytics_svc.channels.reading import Summed
from shared.decimals import PlainDecimal
from shared.money import Money
from shared.types import Utc

CURRENCY: dict[str, Any] = {
    "currency": "EUR",
    "metrics": 2,
    "impressions": 14700,
    "clicks": 24,
    "spend": {"sum": {"amount": "28.60", "currency": "EUR"}, "mean": "14.3", "n": 2},
    "revenue": {"sum": {"amount": "99.00", "currency": "EUR"}, "mean": "99", "n": 1},
    "cpc": "1.191666667",
    "cpm": "1.945578231",
    "cpa": {"lead": "7.15"},
    "roas": 3.4615384615384617,
}
FIGURES: dict[str, Any] = {
    "metrics": 2,
    "impressions": {"sum": 14700, "mean": 7350.0, "n": 2},
    "clicks": {"sum": 24, "mean": 12.0, "n": 2},
    "conversions": {"lead": {"sum": "4", "mean": 2.0, "n": 2}},
    "ctr": 0.0016326530612244899,
    "by_currency": [CURRENCY],
    "as_of": "2026-01-31T06:00:00Z",
}


class CountOut(BaseModel):
    """`n` metrics had it. Nobody reported it: `sum` and `mean` are null, which is not zero."""

    sum: int | None
    mean: float | None
    n: int

    @classmethod
    def of(cls, tally: Tally) -> "CountOut":
        return cls(sum=tally.total if tally.known else None, mean=tally.mean, n=tally.n)


class ConversionsOut(BaseModel):
    """Of one kind; the sum is exact, as some networks count fractions."""

    sum: PlainDecimal | None
    mean: float | None
    n: int

    @classmethod
    def of(cls, tally: Tally) -> "ConversionsOut":
        return cls(sum=tally.exact if tally.known else None, mean=tally.mean, n=tally.n)


class AmountOut(BaseModel):
    """The sum is exact, the mean rounded to nine decimals."""

    sum: Money | None
    mean: PlainDecimal | None
    n: int

    @classmethod
    def of(cls, tally: Tally, currency: str) -> "AmountOut":
        known = Money(0, tally.total, currency) if tally.known else None
        return cls(sum=known, mean=tally.per(tally.n), n=tally.n)


class CurrencyOut(BaseModel):
    """The metrics whose money is in one currency. A ratio is null where its divisor is 0 or unknown."""

    model_config = ConfigDict(title="CurrencyFigures", json_schema_extra={"examples": [CURRENCY]})

    currency: str
    metrics: int
    impressions: int | None
    clicks: int | None
    spend: AmountOut
    revenue: AmountOut
    cpc: PlainDecimal | None = Field(description="Spend for each click.")
    cpm: PlainDecimal | None = Field(description="Spend for a thousand impressions.")
    cpa: dict[str, PlainDecimal | None] = Field(description="Spend for each conversion, by kind.")
    roas: float | None = Field(description="Revenue for each unit of spend.")

    @classmethod
    def of(cls, currency: str, sums: Mapping[tuple[str, str], Vector]) -> "CurrencyOut":
        told = Tallies.of(sums.get((currency, NO_KIND), NOTHING))
        kinds = by_kind({key: vector for key, vector in sums.items() if key[0] == currency})
        return cls(
            currency=currency,
            metrics=told.metrics,
            impressions=CountOut.of(told.impressions).sum,
            clicks=CountOut.of(told.clicks).sum,
            spend=AmountOut.of(told.spend, currency),
            revenue=AmountOut.of(told.revenue, currency),
            cpc=cost_each(told.spend, told.clicks),
            cpm=cost_each(told.spend, told.impressions, 1_000),
            cpa={kind: cost_each(told.spend, conversions) for kind, conversions in kinds.items()},
            roas=share(told.revenue, told.spend),
        )


class FiguresOut(BaseModel):
    """Counts are over all metrics, with money or without; money is never added over currencies.

    A ratio is one of sums. `as_of` is when the newest figures in it were true.
    """

    model_config = ConfigDict(title="Figures", json_schema_extra={"examples": [FIGURES]})

    metrics: int
    impressions: CountOut
    clicks: CountOut
    conversions: dict[str, ConversionsOut] = Field(description="By kind.")
    ctr: float | None = Field(description="Clicks for each impression.")
    by_currency: list[CurrencyOut]
    as_of: Utc | None


def figures(summed: Summed) -> dict[str, Any]:
    """What `FiguresOut` and those that add to it are made of."""
    everything: dict[tuple[str, str], Vector] = {}
    for (_, kind), vector in summed.sums.items():
        everything["", kind] = plus(everything.get(("", kind), NOTHING), vector)
    told = Tallies.of(everything.get(("", NO_KIND), NOTHING))
    currencies = sorted({currency for currency, _ in summed.sums if currency})
    return {
        "metrics": told.metrics,
        "impressions": CountOut.of(told.impressions),
        "clicks": CountOut.of(told.clicks),
        "conversions": {kind: ConversionsOut.of(tally) for kind, tally in by_kind(everything).items()},
        "ctr": share(told.clicks, told.impressions),
        "by_currency": [CurrencyOut.of(currency, summed.sums) for currency in currencies],
        "as_of": summed.as_of,
    }
