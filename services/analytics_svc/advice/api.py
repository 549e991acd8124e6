"""Advice over HTTP: budgets that are suggested, and what changed in how channels perform."""

from typing import Annotated

from fastapi import Query
from sqlmodel import Session, col, select

from services.analytics_svc.advice.models import AdviceOut, BudgetSuggestion, PerformanceChange, PerformanceChangeOut
from shared.contracts.analytics import Measure
from shared.principal import Principal
from shared.types import Text
from shared.web import Db, Order, Page, Paging, Router, allowed, found_or_404

router = Router(tags=["advice"])

MayRead = Annotated[Principal, allowed("channels:read")]
Open = Annotated[bool | None, Query(description="Those that have not expired, or those that have.")]

NEWEST_ADVICE = Order(
    {"created_at": col(BudgetSuggestion.created_at)}, default="-created_at", tie=col(BudgetSuggestion.id)
)
NEWEST_CHANGES = Order(
    {"detected_at": col(PerformanceChange.detected_at)}, default="-detected_at", tie=col(PerformanceChange.id)
)


@router.get("/v1/advice")
async def list_advice(
    db: Db,
    by: MayRead,
    asked: Annotated[Paging, NEWEST_ADVICE.asked()],
    series: Text | None = None,
    still_open: Annotated[Open, Query(alias="open")] = None,
) -> Page[AdviceOut]:
    """Daily budgets that were suggested, the newest first. A person decides about each, at `/v1/approvals`."""
    query = select(BudgetSuggestion)
    if series is not None:
        query = query.where(col(BudgetSuggestion.series) == series)
    if still_open is not None:
        ends, now = col(BudgetSuggestion.expires_at), db.clock()
        query = query.where(ends > now if still_open else ends <= now)
    return await db.read(asked.page, query, AdviceOut.of)


@router.get("/v1/advice/{suggestion_id}")
async def read_advice(suggestion_id: Text, db: Db, by: MayRead) -> AdviceOut:
    """The suggestion with the figures that it was made from."""
    return await db.read(_advice, suggestion_id)


@router.get("/v1/performance-changes")
async def list_performance_changes(
    db: Db,
    by: MayRead,
    asked: Annotated[Paging, NEWEST_CHANGES.asked()],
    channel: Text | None = None,
    measure: Measure | None = None,
    standing: bool | None = None,
) -> Page[PerformanceChangeOut]:
    """What changed in the newest week of a channel beside the four weeks before it, the newest first."""
    equal = {PerformanceChange.channel: channel, PerformanceChange.measure: measure}
    query = select(PerformanceChange).where(
        *(col(column) == value for column, value in equal.items() if value is not None)
    )
    if standing is not None:
        ended = col(PerformanceChange.ended_at)
        query = query.where(ended.is_(None) if standing else ended.is_not(None))
    return await db.read(asked.page, query, PerformanceChangeOut.of)


def _advice(session: Session, suggestion_id: str) -> AdviceOut:
    return AdviceOut.of(found_or_404(session, BudgetSuggestion, suggestion_id, "suggestion"))
