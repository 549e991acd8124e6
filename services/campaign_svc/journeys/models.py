"""Journeys in versions, every decision they made, and the newest facts of whom they decide about, as stored."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, UniqueConstraint
from sqlmodel import Field

from services.campaign_svc.tables import Table
from shared.database.tables import Bytewise, Json


class Journey(Table, table=True):
    """What is the same in all its versions, and which one is the newest. `on` is that one's."""

    __tablename__ = "journeys"

    id: str = Field(sa_column=Column(Bytewise, primary_key=True))
    name: str = Field(unique=True)
    version: int
    on: bool
    created_at: datetime
    updated_at: datetime


class JourneyVersion(Table, table=True):
    """Never changed: a decision names the version that made it."""

    __tablename__ = "journey_versions"

    journey_id: str = Field(sa_column=Column(Bytewise, primary_key=True))
    version: int = Field(primary_key=True)
    definition: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    created_at: datetime
    created_by: str


class PlantedJourney(Table, table=True):
    """A journey out of the box comes once: who renames it, or changes what it does, gets no second one."""

    __tablename__ = "planted_journeys"

    name: str = Field(primary_key=True)
    planted_at: datetime


class Decision(Table, table=True):
    """One for each journey, occasion and revision of it, to act or not to act: the unique rule says so.

    The rule begins with the occasion, as that is how a decision is looked for before it is made.
    """

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("occasion", "journey_id", "revision"),
        Index(None, "decided_at", "id"),
        Index(None, "about", "decided_at", "id"),
    )

    id: str = Field(sa_column=Column(Bytewise, primary_key=True))
    journey_id: str = Field(sa_column=Column(Bytewise, nullable=False))
    journey_name: str
    journey_version: int
    about: str = Field(sa_column=Column(Bytewise, nullable=False))
    contact_id: str | None = Field(sa_column=Column(Bytewise))
    occasion: str = Field(sa_column=Column(Bytewise, nullable=False))
    observation_id: str | None = Field(sa_column=Column(Bytewise))
    revision: int
    acted: bool
    cause: str | None
    inputs: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    conditions: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    actions: list[str] = Field(sa_column=Column(Json, nullable=False))
    event_id: str
    trace_id: str | None
    depth: int
    occurred_at: datetime
    decided_at: datetime


class LeadFacts(Table, table=True):
    """What is known here of a lead: the newest `lead.scored`, and when that was true."""

    __tablename__ = "lead_facts"

    contact_id: str = Field(sa_column=Column(Bytewise, primary_key=True))
    sequence: int
    facts: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    as_of: datetime


class SubjectFacts(Table, table=True):
    """What is known here of an ad campaign or a channel: the newest fact of one kind, and when that was true."""

    __tablename__ = "subject_facts"

    key: str = Field(sa_column=Column(Bytewise, primary_key=True))
    """The entry and what it is about: two kinds may be about one name."""
    facts: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    as_of: datetime
