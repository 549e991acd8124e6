"""Means and ratios from exact sums. Pure. Null where the divisor is 0 or unknown: nothing per nothing is no number."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from services.analytics_svc.channels.figures import NANOS, Vector
from shared.decimals import ratio


@dataclass(frozen=True, slots=True)
class Tally:
    """A sum of whole numbers, or of thousand-millionths where `scale` is `NANOS`, over the `n` metrics that had it."""

    total: int
    n: int
    scale: int = 1

    @property
    def known(self) -> bool:
        return self.n != 0

    @property
    def exact(self) -> Decimal:
        """What was added up, to the last decimal."""
        return self.per(1) or Decimal(0)

    @property
    def mean(self) -> float | None:
        """Rounded once, to the nearest double."""
        return self.total / (self.n * self.scale) if self.known else None

    def per(self, count: int, times: int = 1) -> Decimal | None:
        """`times` the sum for each of `count`, to nine decimals."""
        return ratio(self.total * times, count * self.scale) if self.known else None


@dataclass(frozen=True, slots=True)
class Tallies:
    """What one vector of sums says."""

    metrics: int
    impressions: Tally
    clicks: Tally
    spend: Tally
    revenue: Tally
    conversions: Tally

    @classmethod
    def of(cls, vector: Vector) -> "Tallies":
        metrics, impressions, impressions_n, clicks, clicks_n, *money = vector
        spend, revenue, conversions = (
            Tally(units * NANOS + nanos, n, NANOS) for units, nanos, n in (money[:3], money[3:6], money[6:])
        )
        return cls(metrics, Tally(impressions, impressions_n), Tally(clicks, clicks_n), spend, revenue, conversions)


def share(part: Tally, whole: Tally) -> float | None:
    """As CTR is of clicks and impressions, and ROAS of revenue and spend."""
    if not part.known or not whole.known or not whole.total:
        return None
    return (part.total * whole.scale) / (whole.total * part.scale)


def cost_each(spend: Tally, of: Tally, times: int = 1) -> Decimal | None:
    """As CPC is for each click, CPM for a thousand impressions, CPA for a conversion, which may be a fraction."""
    return spend.per(of.total, times * of.scale) if of.known else None


def by_kind(sums: Mapping[tuple[str, str], Vector]) -> dict[str, Any]:
    """The tally of each kind of conversion, in order."""
    return {kind: Tallies.of(vector).conversions for (_, kind), vector in sorted(sums.items()) if kind}
