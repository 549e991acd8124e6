"""What was proposed, what became of it and who said so; and the daily budget that each ad campaign is to have."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field

from services.campaign_svc.tables import Table
from shared.database.tables import Bytewise, Json
from shared.money import Money

Outcome = Literal["approved", "rejected", "expired", "superseded"]
State = Literal["waiting", "approved", "rejected", "expired", "superseded"]


class Budget(Table, table=True):
    """`version` 0 stands for a campaign whose budget nobody set here. The row is also what changes of it wait for."""

    __tablename__ = "budgets"

    series: str = Field(sa_column=Column(Bytewise, primary_key=True))
    channel: str
    campaign: str
    units: int | None = Field(default=None, sa_type=BigInteger)
    nanos: int | None = Field(default=None, sa_type=BigInteger)
    currency: str | None = None
    version: int = 0
    approval_id: str | None = None
    updated_at: datetime
    updated_by: str | None = None

    @property
    def daily_budget(self) -> Money | None:
        if self.units is None or self.nanos is None or self.currency is None:
            return None
        return Money(self.units, self.nanos, self.currency)


class Approval(Table, table=True):
    """`content` is all that a person is shown to decide on; it never changes, and `content_hash` binds the yes to it.

    A suggestion makes one approval, however often it is told.
    """

    __tablename__ = "approvals"
    __table_args__ = (
        Index(None, "proposed_at", "id"),
        Index(None, "series", "state"),
        Index(None, "state", "expires_at"),
    )

    id: str = Field(sa_column=Column(Bytewise, primary_key=True))
    kind: str
    state: str = "waiting"
    series: str = Field(sa_type=Bytewise)
    units: int = Field(sa_type=BigInteger)
    nanos: int = Field(sa_type=BigInteger)
    currency: str
    budget_version: int
    content: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    content_hash: str
    suggestion_id: str | None = Field(sa_column=Column(Bytewise, unique=True))
    suggested_as_of: datetime | None = None
    proposed_by: str
    proposed_at: datetime
    expires_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    note: str | None = None
    version: int = 1
    event_id: str | None = None
    depth: int = 0

    @property
    def daily_budget(self) -> Money:
        return Money(self.units, self.nanos, self.currency)
