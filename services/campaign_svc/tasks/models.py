"""Tasks: what a person is to do. A task is open, claimed by exactly one, or done with an outcome."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, JsonValue
from pydantic import Field as Described
from sqlalchemy import Column, Index
from sqlmodel import Field

from services.campaign_svc.tables import Table
from shared.database.sql import table_of
from shared.database.tables import Bytewise
from shared.types import LINE, LINES, Utc

State = Literal["open", "claimed", "done"]


class Task(Table, table=True):
    """`action_id` is unique: one action makes one task, however often its end is written. By hand it is null."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index(None, "state", "due_at"),
        Index(None, "assignee", "due_at"),
        Index(None, "claimed_by", "due_at"),
        Index(None, "about", "due_at"),
    )

    id: str = Field(sa_column=Column(Bytewise, primary_key=True))
    action_id: str | None = Field(sa_column=Column(Bytewise, unique=True))
    about: str | None = Field(sa_column=Column(Bytewise))
    contact_id: str | None = Field(sa_column=Column(Bytewise))
    title: str
    assignee: str | None = None
    due_at: datetime | None = None
    state: str = "open"
    claimed_by: str | None = None
    claimed_at: datetime | None = None
    released_by: str | None = None
    released_at: datetime | None = None
    outcome: str | None = None
    done_at: datetime | None = None
    created_at: datetime
    created_by: str
    version: int = 1


tasks = table_of(Task)

ContactId = Annotated[str, Described(pattern=r"^con_[0-9a-z]{26}$", examples=["con_01k9q3v7w8e5rtx2m4n6p8q0sa"])]

Title = Annotated[str, Described(min_length=1), LINE]
Assignee = Annotated[str, Described(min_length=1, description="Who is meant to do it: a person or a team."), LINE]

EXAMPLE: dict[str, JsonValue] = {
    "id": "tsk_01k9q3v7w8e5rtx2m4n6p8q0sg",
    "action_id": "act_01k9q3v7w8e5rtx2m4n6p8q0se",
    "about": "con_01k9q3v7w8e5rtx2m4n6p8q0sa",
    "contact_id": "con_01k9q3v7w8e5rtx2m4n6p8q0sa",
    "title": "Call within the hour",
    "assignee": "sales",
    "due_at": "2026-01-31T10:30:00Z",
    "state": "claimed",
    "claimed_by": "user:ada",
    "claimed_at": "2026-01-31T09:45:00Z",
    "released_by": None,
    "released_at": None,
    "outcome": None,
    "done_at": None,
    "created_at": "2026-01-31T09:30:01Z",
    "created_by": "service:campaign",
    "version": 2,
}


class TaskIn(BaseModel):
    """A task that a person plans; journeys plan theirs by an action."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "title": "Send the price list",
                    "contact_id": "con_01k9q3v7w8e5rtx2m4n6p8q0sa",
                    "assignee": "sales",
                    "due_at": "2026-02-02T09:00:00Z",
                }
            ]
        },
    )

    title: Title
    contact_id: ContactId | None = None
    assignee: Assignee | None = None
    due_at: Utc | None = None


class TaskPatch(BaseModel):
    """What is absent stays, null clears."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"assignee": "ada", "due_at": "2026-02-03T09:00:00Z"}]}
    )

    title: Title = Described(default_factory=str)
    assignee: Assignee | None = None
    due_at: Utc | None = None


class DoneIn(BaseModel):
    """How it ended, in the words of who did it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"outcome": "Meeting on Monday."}]})

    outcome: Annotated[str, Described(min_length=1), LINES]


class TaskOut(BaseModel):
    """`about` is a contact, an ad campaign such as `search/brand`, or a channel; null where a person said nothing.
    `released_by` is who ended a claim last, and `released_at` when: the claimant, or somebody who supervises.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    action_id: str | None
    about: str | None
    contact_id: str | None
    title: str
    assignee: str | None
    due_at: Utc | None
    state: State
    claimed_by: str | None
    claimed_at: Utc | None
    released_by: str | None
    released_at: Utc | None
    outcome: str | None
    done_at: Utc | None
    created_at: Utc
    created_by: str
    version: int

    @classmethod
    def of(cls, task: Task) -> "TaskOut":
        return cls.model_validate(task, from_attributes=True)
