"""Anomalies as they are kept: one for each series, currency, measure and day; and the shape the API shows."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict
from sqlalchemy import Column, Index, UniqueConstraint
from sqlmodel import Field

from services.analytics_svc.tables import Table
from shared.contracts.analytics import Measure
from shared.database.sql import table_of
from shared.database.tables import Bytewise
from shared.types import Utc


class WatchedSeries(Table, table=True):
    """A series and its newest day. Who judges days of a series holds its row: verdicts look at many days at once."""

    __tablename__ = "watched_series"

    series: str = Field(sa_column=Column(Bytewise, primary_key=True))
    newest_day: date


class Anomaly(Table, table=True):
    """`version` counts what was stated of it. Figures are decimal text, exact on both databases; `currency` is empty
    where no money was reported, as NULL would not be unique.
    """

    __tablename__ = "anomalies"
    __table_args__ = (
        UniqueConstraint("series", "currency", "measure", "day"),
        Index(None, "day", "id"),
        Index(None, "detected_at", "id"),
    )

    id: str = Field(sa_column=Column(Bytewise, primary_key=True))
    series: str = Field(sa_column=Column(Bytewise, nullable=False))
    channel: str
    campaign: str
    currency: str
    measure: str
    day: date
    actual: str
    expected: str
    low: str
    high: str
    direction: str
    severity: str
    reason: str
    standing: bool
    version: int
    as_of: datetime
    detected_at: datetime
    changed_at: datetime


watched, anomalies = table_of(WatchedSeries), table_of(Anomaly)

EXAMPLE: JsonDict = {
    "id": "ano_01k9q3v7w8e5rtx2m4n6p8q0sn",
    "series": "search/brand",
    "channel": "search",
    "campaign": "brand",
    "currency": "EUR",
    "measure": "spend",
    "day": "2026-01-30",
    "actual": "410.00",
    "expected": "120.5",
    "low": "80.1",
    "high": "160.9",
    "direction": "up",
    "severity": "alarm",
    "reason": "spend of 410.00 EUR on Friday 30 January 2026; 80.10 to 160.90 was expected from the 56 days before",
    "standing": True,
    "version": 1,
    "as_of": "2026-01-31T06:00:00Z",
    "detected_at": "2026-01-31T06:00:02Z",
    "changed_at": "2026-01-31T06:00:02Z",
}


class AnomalyOut(BaseModel):
    """`standing` is false where a later revision of the figures took it back; `reason` then says what is true now."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    series: str
    channel: str
    campaign: str
    currency: str | None
    measure: Measure
    day: date
    actual: Decimal
    expected: Decimal
    low: Decimal
    high: Decimal
    direction: Literal["up", "down"]
    severity: Literal["notice", "alarm"]
    reason: str
    standing: bool
    version: int
    as_of: Utc
    detected_at: Utc
    changed_at: Utc

    @classmethod
    def of(cls, stored: Anomaly) -> "AnomalyOut":
        known: dict[str, Any] = stored.model_dump()
        return cls.model_validate(known | {"currency": stored.currency or None})
