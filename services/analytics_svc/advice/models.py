"""What was said of channels and what was advised for campaigns; and the shapes in which the API shows them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict
from sqlalchemy import Column, Index
from sqlmodel import Field

from services.analytics_svc.tables import Table
from shared.contracts.analytics import SUGGESTED, Measure
from shared.database.sql import table_of
from shared.database.tables import Bytewise, Json
from shared.money import Money
from shared.types import Utc


class WatchedChannel(Table, table=True):
    """A channel and its newest day. Who compares its weeks, or advises its campaigns, holds its row."""

    __tablename__ = "watched_channels"

    channel: str = Field(sa_column=Column(Bytewise, primary_key=True))
    newest_day: date


class PerformanceChange(Table, table=True):
    """It stands until `ended_at`; at most one does for a channel, currency and measure. Figures are decimal text."""

    __tablename__ = "performance_changes"
    __table_args__ = (Index(None, "channel", "ended_at"), Index(None, "detected_at", "id"))

    id: str = Field(sa_column=Column(Bytewise, primary_key=True))
    channel: str
    currency: str
    measure: str
    day: date
    before: str
    after: str
    change: str
    direction: str
    reason: str
    as_of: datetime
    detected_at: datetime
    ended_at: datetime | None = None


class BudgetSuggestion(Table, table=True):
    """Open until `expires_at`; while one of a series is, there is no other."""

    __tablename__ = "budget_suggestions"
    __table_args__ = (Index(None, "series", "expires_at"), Index(None, "created_at", "id"))

    id: str = Field(sa_column=Column(Bytewise, primary_key=True))
    series: str
    channel: str
    campaign: str
    currency: str
    current_daily_spend: str
    daily_budget: str
    reason: str
    based_on: dict[str, str] = Field(sa_column=Column(Json, nullable=False))
    as_of: datetime
    created_at: datetime
    expires_at: datetime


watched_channels, changes = table_of(WatchedChannel), table_of(PerformanceChange)
suggestions = table_of(BudgetSuggestion)

CHANGE: JsonDict = {
    "id": "chg_01k9q3v7w8e5rtx2m4n6p8q0sp",
    "channel": "search",
    "currency": "EUR",
    "measure": "cpa",
    "day": "2026-01-30",
    "before": "10.2",
    "after": "15.3",
    "change": "0.5",
    "direction": "worse",
    "reason": "a conversion cost 15.30 EUR in the last 7 days, 10.20 in the 28 days before",
    "standing": True,
    "as_of": "2026-01-31T06:00:00Z",
    "detected_at": "2026-01-31T06:00:02Z",
    "ended_at": None,
}
ADVICE: JsonDict = {
    "id": SUGGESTED["suggestion_id"],
    **{name: value for name, value in SUGGESTED.items() if name != "suggestion_id"},
    "created_at": "2026-01-31T06:00:02Z",
    "expires_at": "2026-02-07T06:00:02Z",
}


class PerformanceChangeOut(BaseModel):
    """The newest 7 days beside the 28 before. `change` is (after - before) / before; it stands until `ended_at`."""

    model_config = ConfigDict(json_schema_extra={"examples": [CHANGE]})

    id: str
    channel: str
    currency: str | None
    measure: Measure
    day: date
    before: Decimal
    after: Decimal
    change: Decimal
    direction: Literal["better", "worse"]
    reason: str
    standing: bool
    as_of: Utc
    detected_at: Utc
    ended_at: Utc | None

    @classmethod
    def of(cls, stored: PerformanceChange) -> "PerformanceChangeOut":
        known: dict[str, Any] = stored.model_dump()
        return cls.model_validate(known | {"currency": stored.currency or None, "standing": stored.ended_at is None})


class AdviceOut(BaseModel):
    """A budget that a person may approve. It is absolute: applied twice it changes nothing more."""

    model_config = ConfigDict(json_schema_extra={"examples": [ADVICE]})

    id: str
    series: str
    channel: str
    campaign: str
    current_daily_spend: Money
    daily_budget: Money
    reason: str
    based_on: dict[str, Decimal]
    as_of: Utc
    created_at: Utc
    expires_at: Utc

    @classmethod
    def of(cls, stored: BudgetSuggestion) -> "AdviceOut":
        known: dict[str, Any] = stored.model_dump(exclude={"currency"})
        money = {name: Money.of(known[name], stored.currency) for name in ("current_daily_spend", "daily_budget")}
        return cls.model_validate(known | money)
