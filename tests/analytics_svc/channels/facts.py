"""Made-up facts about ad metrics, as campaign_svc states them, and eyes on what is stored of them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Table, select
from sqlmodel import Session

from services.analytics_svc.channels.models import ROLLUPS
from shared.contracts.campaign import AdMetricReported
from shared.money import Money

WHEN = datetime(2026, 1, 31, 6, 0, tzinfo=UTC)
DAY = date(2026, 1, 30)

Row = dict[str, Any]


def euros(amount: str) -> Money:
    return Money.of(amount, "EUR")


def reported(metric: str = "met_1", sequence: int = 1, **figures: Any) -> AdMetricReported:
    """The `sequence`th revision of a metric, an hour after the one before."""
    usual: Row = {"channel": "search", "campaign": "brand", "day": DAY, "as_of": WHEN + timedelta(hours=sequence)}
    told = usual | figures
    told.setdefault("series", f"{told['channel']}/{told['campaign']}")
    return AdMetricReported(metric_id=metric, sequence=sequence, occurred_at=told["as_of"], **told)


def conversions(**kinds: str) -> dict[str, Decimal]:
    return {kind: Decimal(number) for kind, number in kinds.items()}


def all_sums(session: Session) -> dict[str, list[Row]]:
    """Every roll-up, without rows in which nothing is left."""
    return {table.name: _sums_of(session, table) for table in ROLLUPS}


def _sums_of(session: Session, table: Table) -> list[Row]:
    query = select(table).where(table.c.metrics != 0).order_by(*table.primary_key)
    return [dict(row) for row in session.execute(query).mappings()]
