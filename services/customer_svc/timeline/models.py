"""The stored timeline, and an entry of it as the API answers it."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Shown
from sqlalchemy import Index
from sqlmodel import Field

from services.customer_svc.tables import Table
from shared.database.sql import table_of
from shared.database.tables import Bytewise, Json
from shared.types import Utc

EXAMPLE: dict[str, Any] = {
    "id": "evt_01k9q3v7w8e5rtx2m4n6p8q0sf",
    "kind": "lead.captured",
    "occurred_at": "2026-01-31T09:30:00Z",
    "recorded_at": "2026-01-31T09:30:00.120000Z",
    "cause": None,
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "data": {"observation_id": "obs_01k9q3v7w8e5rtx2m4n6p8q0sb", "source": "website", "created": True},
}


class TimelineEntry(Table, table=True):
    """One fact about a contact. Its id is the event's, so a fact told twice stands here once."""

    __tablename__ = "timeline"
    __table_args__ = (Index("ix_timeline_contact_id_occurred_at", "contact_id", "occurred_at", "event_id"),)

    event_id: str = Field(primary_key=True, sa_type=Bytewise)
    contact_id: str = Field(sa_type=Bytewise)
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    cause: str | None = None
    trace_id: str | None = None
    data: dict[str, Any] = Field(sa_type=Json)


timeline = table_of(TimelineEntry)


class EntryOut(BaseModel):
    """What happened to, by or about a person."""

    model_config = ConfigDict(title="TimelineEntry", json_schema_extra={"examples": [EXAMPLE]})

    id: str
    kind: str = Shown(description="The type of the fact.")
    occurred_at: Utc = Shown(description="When it was true.")
    recorded_at: Utc = Shown(description="When it was stored here.")
    cause: str | None = Shown(
        description="The id of the fact that led to it: an earlier entry, or one without a person."
    )
    trace_id: str | None = Shown(description="W3C trace id, as in the logs of all services.")
    data: dict[str, Any]

    @classmethod
    def of(cls, entry: TimelineEntry) -> "EntryOut":
        return cls(
            id=entry.event_id,
            kind=entry.kind,
            occurred_at=entry.occurred_at,
            recorded_at=entry.recorded_at,
            cause=entry.cause,
            trace_id=entry.trace_id,
            data=entry.data,
        )
