"""Which of two reports about one key stands. Pure: the answer depends on what they say, never on which came first.

1. The newer `as_of` stands.
2. Of two with the same `as_of` and other figures, the one whose figures have the greater SHA-256. It is an arbitrary
   rule, and everybody who applies it comes to the same answer.
3. Figures that stand and are reported again at a newer time are confirmed: their `as_of` moves, nothing else does.
   The first time that this happens after the end of their day completes them, which is news: whoever reads them may
   now say that no more came.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import orjson

from services.campaign_svc.ads.metrics import MetricIn
from shared.days import is_over
from shared.decimals import plain
from shared.ids import ALPHABET
from shared.money import Money
from shared.types import zulu

Outcome = Literal["new", "revised", "kept", "same"]
"""New: the first report of its key. Revised: it changed what stands. Kept: in the history, but something newer stands.
Same: nothing that was not known."""

Made = Literal["new", "revised", "completed", "kept", "confirmed", "same"]
OUTCOMES: dict[Made, Outcome] = {
    "new": "new",
    "revised": "revised",
    "completed": "same",
    "kept": "kept",
    "confirmed": "same",
    "same": "same",
}
"""What its sender is told."""
NEWS = ("new", "revised", "completed")
"""What leads to a version, and is stated."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one report says: the digest of its figures, and when they were true."""

    as_of: datetime
    digest: str


def step(standing: Claim | None, arrived: Claim, day: date) -> Made:
    """What becomes of an arrival about `day` where this stands."""
    if standing is None:
        return "new"
    if arrived.digest == standing.digest and arrived.as_of >= standing.as_of:
        if arrived.as_of == standing.as_of:
            return "same"
        return "completed" if is_over(day, arrived.as_of) and not is_over(day, standing.as_of) else "confirmed"
    return "revised" if (arrived.as_of, arrived.digest) > (standing.as_of, standing.digest) else "kept"


def metric_id(metric: MetricIn) -> str:
    """The same key has the same id everywhere and for ever, so that nobody has to look it up."""
    key = (
        metric.account,
        metric.channel,
        metric.campaign,
        metric.ad,
        metric.day.isoformat(),
        list(metric.dimensions.items()),
    )
    return _hashed_id("met", orjson.dumps(key))


def revision_id(metric_id: str, claim: Claim) -> str:
    return _hashed_id("rev", f"{metric_id} {zulu(claim.as_of)} {claim.digest}".encode())


def digest(metric: MetricIn) -> str:
    """SHA-256 of the figures, each written one way only."""
    figures: tuple[Any, ...] = (
        metric.impressions,
        metric.clicks,
        _money(metric.spend),
        [(kind, plain(number)) for kind, number in metric.conversions.items()],
        _money(metric.revenue),
    )
    return hashlib.sha256(orjson.dumps(figures)).hexdigest()


def _money(money: Money | None) -> tuple[int, int, str] | None:
    return (money.units, money.nanos, money.currency) if money else None


def _hashed_id(prefix: str, key: bytes) -> str:
    """A TypeID of a UUIDv8, the version for values of one's own making (RFC 9562)."""
    number = int.from_bytes(hashlib.sha256(key).digest()[:16], "big")
    number = number & ~(0xF << 76) & ~(0x3 << 62) | (8 << 76) | (2 << 62)
    return f"{prefix}_" + "".join([ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5)])
