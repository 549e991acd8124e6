"""Webhooks as they are stored: receivers with their secrets sealed, each message to one of them, every attempt."""

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field

from services.campaign_svc.tables import Table
from shared.database.sql import table_of
from shared.database.tables import Bytewise

State = Literal["waiting", "delivered", "failed"]


class WebhookEndpoint(Table, table=True):
    """The name is what journeys refer to, so it is given once.

    `secret` and `old_secret` are sealed; until `old_until` messages are signed with both.
    """

    __tablename__ = "webhook_endpoints"

    id: str = Field(sa_column=Column(Bytewise, primary_key=True))
    name: str = Field(unique=True)
    url: str
    description: str | None = None
    on: bool
    off_because: str | None = None
    secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    old_secret: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    old_until: datetime | None = None
    version: int = 1
    created_at: datetime
    created_by: str
    updated_at: datetime


class WebhookDelivery(Table, table=True):
    """One for each action; it outlives its endpoint. `attempts` counts all, `tries_left` our own that are to come."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (Index(None, "endpoint_id", "created_at", "id"), Index(None, "ended_at"))

    id: str = Field(sa_column=Column(Bytewise, primary_key=True))
    action_id: str = Field(sa_column=Column(Bytewise, nullable=False, unique=True))
    endpoint_id: str = Field(sa_column=Column(Bytewise, nullable=False))
    endpoint: str
    state: str = "waiting"
    reason: str | None = None
    attempts: int = 0
    tries_left: int
    not_before: datetime
    created_at: datetime
    ended_at: datetime | None = None


class WebhookAttempt(Table, table=True):
    """One request. `status` is what was answered, `reason` why that is no success; `by` is who asked for it by hand."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (Index(None, "at"),)

    delivery_id: str = Field(sa_column=Column(Bytewise, primary_key=True))
    number: int = Field(primary_key=True)
    at: datetime
    status: int | None = None
    reason: str | None = None
    duration_ms: int
    by: str | None = None


endpoints, deliveries, attempts = table_of(WebhookEndpoint), table_of(WebhookDelivery), table_of(WebhookAttempt)

LOG_KEPT = timedelta(days=90)
KEPT = ((attempts.c.at, LOG_KEPT), (deliveries.c.ended_at, LOG_KEPT))
"""What still waits stays."""
