"""Journeys in versions, every decision they made, and the newest facts of each lead, as they are stored."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, UniqueConstraint
from sqlmodel import Field

from services.campaign_svc.tables import Table
from shared.tables import Bytewise, Json


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


class Decision(Table, table=True):
    """One for each journey and observation, to act or not to act: the unique rule says so."""

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("journey_id", "observation_id"),
        Index(None, "decided_at", "id"),
        Index(None, "contact_id", "decided_at", "id"),
    )

    id: str = Field(sa_column=Column(Bytewise, primary_key=True))
    journey_id: str = Field(sa_column=Column(Bytewise, nullable=False))
    journey_name: str
    journey_version: int
    contact_id: str = Field(sa_column=Column(Bytewise, nullable=False))
    observation_id: str = Field(sa_column=Column(Bytewise, nullable=False))
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
