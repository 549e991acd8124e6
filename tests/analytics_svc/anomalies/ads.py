"""Facts of ads for tests: what a network says of one campaign and day, told to the rooms as the inbox does it."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from types import ModuleType
from typing import Any

from sqlmodel import Session, col, select

from services.analytics_svc import advice, anomalies, channels
from services.analytics_svc.anomalies.models import Anomaly
from shared.contracts.campaign import AdMetricReported
from shared.database import Database, Tx
from shared.money import Money
from tests.analytics_svc.anomalies.chance import WEEK, poisson, scattered
from tests.analytics_svc.rooms import BY

TODAY = date(2026, 1, 31)
TOMORROW = TODAY + timedelta(days=1)
ROOMS = (channels, anomalies)
ALL = (channels, anomalies, advice)


def reported(
    day: date,
    *,
    series: str = "search/brand",
    spend: str | float | None = None,
    conversions: float | None = None,
    currency: str = "EUR",
    sequence: int = 1,
    as_of: datetime | None = None,
    ad: str | None = None,
    **measures: Any,
) -> AdMetricReported:
    """One metric for each series, day and ad. Its figures are of six in the morning after, unless said otherwise."""
    channel, _, campaign = series.partition("/")
    at = as_of or datetime.combine(day + timedelta(days=1), time(6), UTC)
    return AdMetricReported(
        metric_id="met_" + hashlib.sha256(f"{series} {day} {ad} {currency}".encode()).hexdigest()[:26],
        series=series,
        channel=channel,
        campaign=campaign,
        ad=ad,
        day=day,
        sequence=sequence,
        occurred_at=at,
        as_of=at,
        spend=None if spend is None else Money.of(f"{Decimal(str(spend)):.2f}", currency),
        conversions={} if conversions is None else {"sale": Decimal(str(conversions))},
        **measures,
    )


def usual(days: int = 60, *, until: date = TODAY, seed: int = 1, **known: Any) -> list[AdMetricReported]:
    """So many days up to `until`, of which none strays: spend of about 100 a day, less at weekends."""
    spends = scattered(days, lambda n: 100 * WEEK[(until - timedelta(days=days - 1 - n)).weekday()], seed, spread=0.05)
    firsts = [until - timedelta(days=days - 1 - n) for n in range(days)]
    return [reported(day, spend=spend, **known) for day, spend in zip(firsts, spends, strict=True)]


def counted(
    days: int, *, clicks: float, conversions: float, spend: float, until: date = TODAY, seed: int = 1, **known: Any
) -> list[AdMetricReported]:
    """Days of a campaign with counts that scatter as counts do, and a spend that follows the clicks."""
    chance = Random(seed)
    made = []
    for n in range(days):
        day = until - timedelta(days=days - 1 - n)
        clicked = poisson(chance, clicks)
        facts: dict[str, Any] = {
            "impressions": clicked * 50,
            "clicks": clicked,
            "conversions": poisson(chance, conversions),
        }
        made.append(reported(day, spend=spend * clicked / clicks, **facts, **known))
    return made


async def tell(db: Database, facts: Sequence[AdMetricReported], rooms: Sequence[ModuleType] = ROOMS) -> None:
    """One batch: the rooms one after the other, in one transaction."""
    await db.write(_tell, facts, rooms, by=BY, lane="inbox", seconds=60.0)


def _tell(tx: Tx, facts: Sequence[AdMetricReported], rooms: Sequence[ModuleType]) -> None:
    for room in rooms:
        room.HANDLERS[AdMetricReported](tx, facts)


async def kept(db: Database) -> list[dict[str, Any]]:
    return await db.read(_kept)


def _kept(session: Session) -> list[dict[str, Any]]:
    rows = session.exec(select(Anomaly).order_by(col(Anomaly.day), col(Anomaly.measure)))
    return [row.model_dump(exclude={"id", "detected_at", "changed_at"}) for row in rows]


async def once(db: Database, facts: list[AdMetricReported]) -> set[tuple[date, str, str, str, str]]:
    """What is known when all of it comes in one batch, of another series."""
    as_other = [
        fact.model_copy(update={"series": "other/brand", "channel": "other", "metric_id": f"{fact.metric_id}o"})
        for fact in facts
    ]
    await tell(db, as_other)
    return {
        (row["day"], row["measure"], row["direction"], row["actual"], row["low"])
        for row in await kept(db)
        if row["series"] == "other/brand" and row["standing"]
    }
