"""Actions: one row per journey, action, what it is about, and occurrence; always in exactly one of six states."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, JsonValue
from pydantic import Field as Described
from sqlalchemy import Column, Index, UniqueConstraint
from sqlmodel import Field

from services.campaign_svc.tables import Table
from shared.contracts.campaign import ActionKind, Cause
from shared.database.sql import table_of
from shared.database.tables import Bytewise, Json
from shared.types import LINES, Utc

State = Literal["waiting", "sent", "done", "withheld", "failed", "unknown"]
"""`waiting` is the only one that is left by itself; `unknown` is left only by a person's word."""

TASKS: Mapping[str, str] = {"email": "action.dispatch", "task": "action.dispatch", "webhook": "webhook.deliver"}
"""The due work by which an action of each kind is carried out."""


class Action(Table, table=True):
    """The unique rule is what makes a second message impossible, whatever is delivered, edited or restarted how often.

    `about` is a contact's id, an ad campaign such as `search/brand`, or a channel; `occurrence` is `once` or the id of
    the occasion: of the observation, the alarm, the change. `journey_version`, which decided, is recorded, not part of
    the key. The unique rule begins with `about`, as that is how the journeys look for what was done.
    """

    __tablename__ = "actions"
    __table_args__ = (
        UniqueConstraint("about", "journey_id", "name", "occurrence"),
        Index(None, "about", "planned_at"),
        Index(None, "journey_id", "state"),
        Index(None, "state", "planned_at"),
        Index(None, "planned_at"),
    )

    id: str = Field(sa_column=Column(Bytewise, primary_key=True))
    journey_id: str = Field(sa_column=Column(Bytewise, nullable=False))
    journey_version: int
    decision_id: str = Field(sa_column=Column(Bytewise, nullable=False))
    about: str = Field(sa_column=Column(Bytewise, nullable=False))
    contact_id: str | None = Field(sa_column=Column(Bytewise))
    name: str
    kind: str
    config: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    """E-mail: `template`, `purpose`. Task: `title`, `assignee`, `due_in_seconds`. Webhook: `endpoint`. All: `facts`,
    what was decided on. Nothing that identifies."""
    occurrence: str
    occasion: str | None = Field(sa_column=Column(Bytewise))
    state: str = "waiting"
    because: str | None = None
    detail: str | None = None
    version: int = 1
    planned_at: datetime
    settled_at: datetime | None = None
    resolved_by: str | None = None
    resolved_at: datetime | None = None
    note: str | None = None
    trace_id: str | None = None
    event_id: str | None = None
    depth: int = 0
    occurred_at: datetime


actions = table_of(Action)

EXAMPLE: dict[str, JsonValue] = {
    "id": "act_01k9q3v7w8e5rtx2m4n6p8q0se",
    "about": "con_01k9q3v7w8e5rtx2m4n6p8q0sa",
    "contact_id": "con_01k9q3v7w8e5rtx2m4n6p8q0sa",
    "journey_id": "jrn_01k9q3v7w8e5rtx2m4n6p8q0sd",
    "journey_version": 1,
    "decision_id": "dec_01k9q3v7w8e5rtx2m4n6p8q0sc",
    "kind": "email",
    "name": "welcome",
    "occurrence": "once",
    "occasion": "obs_01k9q3v7w8e5rtx2m4n6p8q0sb",
    "state": "withheld",
    "because": "no_consent",
    "detail": None,
    "planned_at": "2026-01-31T09:30:00Z",
    "occurred_at": "2026-01-31T09:29:59Z",
    "settled_at": "2026-01-31T09:30:01Z",
    "resolved_by": None,
    "resolved_at": None,
    "note": None,
    "event_id": "evt_01k9q3v7w8e5rtx2m4n6p8q0sf",
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "version": 2,
}


class ActionOut(BaseModel):
    """`event_id` is the fact that led to it, `occurred_at` when that was true; `detail` what the last try came to."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    about: str
    contact_id: str | None
    journey_id: str
    journey_version: int
    decision_id: str
    kind: ActionKind
    name: str
    occurrence: str
    occasion: str | None
    state: State
    because: Cause | None
    detail: str | None
    planned_at: Utc
    occurred_at: Utc
    settled_at: Utc | None
    resolved_by: str | None
    resolved_at: Utc | None
    note: str | None
    event_id: str | None
    trace_id: str | None
    version: int

    @classmethod
    def of(cls, action: Action) -> "ActionOut":
        return cls.model_validate(action, from_attributes=True)


class ActionSummary(BaseModel):
    """At every read: planned = waiting + sent + done + withheld + failed + unknown."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "planned": 200,
                    "waiting": 3,
                    "sent": 120,
                    "done": 40,
                    "withheld": 36,
                    "failed": 1,
                    "unknown": 0,
                    "as_of": "2026-01-31T09:30:00Z",
                }
            ]
        }
    )

    planned: int
    waiting: int
    sent: int
    done: int
    withheld: int
    failed: int
    unknown: int
    as_of: Utc


class ResolutionIn(BaseModel):
    """What a person found out about an action whose outcome was unknown."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"outcome": "sent", "note": "Found in the provider's log as accepted."}]},
    )

    outcome: Literal["sent", "failed"]
    note: Annotated[str, Described(min_length=1), LINES]
