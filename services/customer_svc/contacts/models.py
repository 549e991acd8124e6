"""The tables of the room: the person, what identifies one, and what was received about them.

What identifies (name, e-mail, phone, external id, message) stands here only sealed under the person's key, or as a
keyed hash to be looked up by. All else is plain, so that segments, sorting and statistics stay SQL.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from services.customer_svc.tables import Table
from shared.database.sql import table_of
from shared.database.tables import Bytewise, Json


class Contact(Table, table=True):
    """One person, one id for life. `version` counts observations and edits: it is the `sequence` of the facts about it.

    `identity` is the sealed blob, bound to the id; `identity_version` counts its changes, so that who merged into an
    older one is found out. `described_at` is when the newest was true that described the person, by a lead or by hand.
    `score_sequence` is that of the newest score that arrived; scores do not raise `version`.
    """

    __tablename__ = "contacts"
    __table_args__ = (
        Index("ix_contacts_updated_at", "updated_at", "id"),
        Index("ix_contacts_created_at", "created_at", "id"),
    )

    id: str = Field(primary_key=True, sa_type=Bytewise)
    version: int
    key_id: str = Field(sa_type=Bytewise, unique=True)
    identity: bytes
    identity_version: int
    phone_lookup: str | None = Field(None, index=True)
    has_email: bool
    has_phone: bool
    stage: str
    source: str
    company: str | None = None
    industry: str | None = None
    job_title: str | None = None
    country: str | None = None
    language: str | None = None
    time_zone: str | None = None
    utm: dict[str, str] = Field(sa_type=Json)
    attributes: dict[str, Any] = Field(sa_type=Json)
    described_at: datetime | None = None
    observations: int
    observation_sources: dict[str, int] = Field(sa_type=Json)
    score: int | None = None
    fit: int | None = None
    engagement: int | None = None
    grade: str | None = None
    score_as_of: datetime | None = None
    score_sequence: int = 0
    created_at: datetime
    updated_at: datetime


class ContactIdentifier(Table, table=True):
    """What identifies exactly one person: an e-mail address, or the id that a source gave. As a keyed hash, which names
    its kind and source too; the unique rule on it decides between two processes that meet a new person at once."""

    __tablename__ = "contact_identifiers"

    lookup: str = Field(primary_key=True, sa_type=Bytewise)
    kind: str
    contact_id: str = Field(sa_type=Bytewise, index=True)


class Observation(Table, table=True):
    """One lead as it was received, sealed under the person's key and bound to this row's id."""

    __tablename__ = "observations"
    __table_args__ = (Index("ix_observations_contact_id", "contact_id", "id"),)

    id: str = Field(primary_key=True, sa_type=Bytewise)
    contact_id: str = Field(sa_type=Bytewise)
    source: str
    received: bytes
    occurred_at: datetime
    recorded_at: datetime


contacts = table_of(Contact)
contact_identifiers = table_of(ContactIdentifier)
observations = table_of(Observation)
