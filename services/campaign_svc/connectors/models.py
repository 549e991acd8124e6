"""What is stored of connectors and their pulls, and what the API gives. A credential goes in and never comes out."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Described
from pydantic.config import JsonDict
from sqlalchemy import Index, LargeBinary
from sqlmodel import Field

from services.campaign_svc.ads.metrics import EXAMPLE as METRIC
from services.campaign_svc.ads.metrics import MetricIn
from services.campaign_svc.connectors.shapes import SETTINGS, AuthOut, ConnectorIn, Settings
from services.campaign_svc.tables import Table
from shared.database.tables import Bytewise, Json
from shared.types import Utc
from shared.web import PutBack

State = Literal["planned", "running", "done", "failed", "stopped"]
OPEN = ("planned", "running")
MOST_REJECTS = 100


class Connector(Table, table=True):
    """`pull_id` is the one pull that is planned or under way; a connector that is switched off has none.

    `pulled_until` is the last day of the last complete pull: the next one leaves no gap behind it.
    """

    __tablename__ = "connectors"

    id: str = Field(primary_key=True, sa_type=Bytewise)
    name: str = Field(unique=True)
    settings: dict[str, Any] = Field(sa_type=Json)
    credential: bytes | None = Field(sa_type=LargeBinary)
    enabled: bool
    version: int = 1
    pull_id: str | None = Field(sa_type=Bytewise)
    pulled_until: date | None = None
    created_at: datetime
    created_by: str
    updated_at: datetime


class Pull(Table, table=True):
    """`page` pages are stored, and `position` says, sealed, where the next one is: a cursor may be a secret, too.

    `ended_at` is set with the last page; what follows from the end is settled a moment later.
    """

    __tablename__ = "pulls"
    __table_args__ = (Index("ix_pulls_connector_id", "connector_id", "planned_at"),)

    id: str = Field(primary_key=True, sa_type=Bytewise)
    connector_id: str = Field(sa_type=Bytewise)
    state: str = "planned"
    planned_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    first_day: date | None = None
    last_day: date | None = None
    page: int = 0
    position: bytes | None = Field(sa_type=LargeBinary)
    rows_new: int = 0
    rows_revised: int = 0
    rows_kept: int = 0
    rows_same: int = 0
    rows_rejected: int = 0
    rejects: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json)
    failures: int = 0
    retry_at: datetime | None = None
    error: str | None = None


REJECT: JsonDict = {"page": 1, "row": 17, "field": "clicks", "reason": "Expected a whole number."}
CONNECTOR: JsonDict = {
    "id": "pul_01k9q3v7w8e5rtx2m4n6p8q0sh",
    **SETTINGS,
    "auth": {"kind": "bearer"},
    "date_format": "%Y-%m-%d",
    "delimiter": ",",
    "encoding": "utf-8",
    "enabled": True,
    "version": 1,
    "next_pull_id": "run_01k9q3v7w8e5rtx2m4n6p8q0sk",
    "pulled_until": "2026-01-31",
    "created_at": "2026-01-31T09:30:00Z",
    "created_by": "user:ada",
    "updated_at": "2026-01-31T09:30:00Z",
}
PULL: JsonDict = {
    "id": "run_01k9q3v7w8e5rtx2m4n6p8q0sk",
    "connector_id": "pul_01k9q3v7w8e5rtx2m4n6p8q0sh",
    "state": "done",
    "planned_at": "2026-01-31T10:30:00Z",
    "started_at": "2026-01-31T10:30:00Z",
    "ended_at": "2026-01-31T10:30:02Z",
    "first_day": "2026-01-24",
    "last_day": "2026-01-31",
    "pages": 3,
    "rows_new": 12,
    "rows_revised": 4,
    "rows_kept": 0,
    "rows_same": 80,
    "rows_rejected": 1,
    "rejects": [REJECT],
    "retry_at": None,
    "error": None,
}


class ConnectorOut(Settings):
    """`next_pull_id` is the pull that is planned or under way."""

    model_config = ConfigDict(title="Connector", extra="ignore", json_schema_extra={"examples": [CONNECTOR]})

    id: str
    auth: AuthOut  # type: ignore[assignment]  # what is shown of it is less than what is set
    version: int
    next_pull_id: str | None
    pulled_until: date | None
    created_at: Utc
    created_by: str
    updated_at: Utc

    @classmethod
    def of(cls, connector: Connector) -> "ConnectorOut":
        stored = connector.model_dump(exclude={"settings", "credential"})
        return cls.model_validate(connector.settings | stored | {"next_pull_id": connector.pull_id})


class ConnectorChange(PutBack, ConnectorIn, of=ConnectorOut):
    """All of the connector as it is to be. Only the credential and `enabled` may be left out."""

    model_config = ConfigDict(title="ConnectorChange")

    enabled: bool = Described(default_factory=bool, description="Absent: as it was.")

    def after(self, enabled: bool) -> ConnectorIn:
        """What it becomes, if it was `enabled`."""
        return self if "enabled" in self.model_fields_set else self.model_copy(update={"enabled": enabled})


class RejectOut(BaseModel):
    """A row that was left out. Pages and rows count from 1."""

    model_config = ConfigDict(title="RejectedRow", json_schema_extra={"examples": [REJECT]})

    page: int
    row: int
    field: str
    reason: str


class PullOut(BaseModel):
    """One pull. `revised`: the network corrected itself. `kept`: something newer stood. `same`: known already.

    While it waits to try again, `error` says why and `retry_at` when.
    """

    model_config = ConfigDict(title="Pull", json_schema_extra={"examples": [PULL]})

    id: str
    connector_id: str
    state: State
    planned_at: Utc
    started_at: Utc | None
    ended_at: Utc | None
    first_day: date | None
    last_day: date | None
    pages: int
    rows_new: int
    rows_revised: int
    rows_kept: int
    rows_same: int
    rows_rejected: int
    rejects: list[RejectOut] = Described(description=f"The first {MOST_REJECTS}.")
    retry_at: Utc | None
    error: str | None

    @classmethod
    def of(cls, pull: Pull) -> "PullOut":
        return cls.model_validate(pull.model_dump() | {"pages": pull.page})


class TrialOut(BaseModel):
    """The first page as it would be stored; nothing was. `error` says why there is none."""

    model_config = ConfigDict(
        title="ConnectorTrial",
        json_schema_extra={
            "examples": [
                {
                    "first_day": "2026-01-24",
                    "last_day": "2026-01-31",
                    "rows": 97,
                    "metrics": [METRIC],
                    "rows_rejected": 1,
                    "rejects": [REJECT],
                    "more": True,
                    "error": None,
                }
            ]
        },
    )

    first_day: date
    last_day: date
    rows: int = Described(0, description="On the first page.")
    metrics: list[MetricIn] = Described([], description="The first ten.")
    rows_rejected: int = 0
    rejects: list[RejectOut] = []
    more: bool = Described(False, description="Whether there is another page.")
    error: str | None = None
