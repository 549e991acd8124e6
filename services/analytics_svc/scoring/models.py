"""Points in versions, the score of each contact, and how it came about; and the shapes in which the API shows them."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict
from sqlalchemy import Column, Index
from sqlmodel import Field

from services.analytics_svc.scoring.points import Points
from services.analytics_svc.tables import Table
from shared.contracts.analytics import Contribution, Grade
from shared.database.tables import Bytewise, Json
from shared.types import Utc
from shared.web import PutBack


class PointsVersion(Table, table=True):
    """The newest is in force. One that was is never changed: scores name the version that they were made by."""

    __tablename__ = "points_versions"

    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    points: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    created_at: datetime
    created_by: str


class StoredScore(Table, table=True):
    """The score that holds now. `version` counts the scores of this contact; `facts` are the newest, by `sequence`."""

    __tablename__ = "scores"
    __table_args__ = (Index(None, "score", "contact_id"), Index(None, "grade", "score"))

    contact_id: str = Field(sa_column=Column(Bytewise, primary_key=True))
    version: int
    sequence: int
    facts: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    score: int
    fit: int
    engagement: int
    grade: str
    points_version: int
    contributions: list[dict[str, Any]] = Field(sa_column=Column(Json, nullable=False))
    as_of: datetime
    scored_at: datetime


class ScoredObservation(Table, table=True):
    """One row for each observation, which is what makes a second score for it impossible."""

    __tablename__ = "scored_observations"
    __table_args__ = (Index(None, "contact_id", "version"),)

    observation_id: str = Field(sa_column=Column(Bytewise, primary_key=True))
    contact_id: str = Field(sa_column=Column(Bytewise, nullable=False))
    version: int
    score: int
    fit: int
    engagement: int
    grade: str
    points_version: int
    contributions: list[dict[str, Any]] = Field(sa_column=Column(Json, nullable=False))
    occurred_at: datetime
    scored_at: datetime
    event_id: str
    trace_id: str | None


WHEN: JsonDict = {"combinator": "and", "not": False, "rules": [{"field": "country", "operator": "=", "value": "DE"}]}
POINTS: JsonDict = {
    "fit": [{"when": WHEN, "points": 20, "reason": "lives where we have people"}],
    "engagement": [{"source": "website", "points": 5, "after": 0, "at_most": 3, "reason": "came by the website"}],
    "grades": {"A": 70, "B": 40},
}
MADE: JsonDict = {
    "score": 25,
    "fit": 20,
    "engagement": 5,
    "grade": "C",
    "points_version": 1,
    "contributions": [
        {"reason": "lives where we have people", "points": 20, "part": "fit"},
        {"reason": "came by the website", "points": 5, "part": "engagement"},
    ],
    "scored_at": "2026-01-31T09:30:01Z",
}


class PointsOut(Points):
    """`version` is what scores refer to."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                POINTS | {"version": 1, "created_at": "2026-01-31T09:30:00Z", "created_by": "service:analytics"}
            ]
        }
    )

    version: int
    created_at: Utc
    created_by: str

    @classmethod
    def of(cls, stored: PointsVersion) -> "PointsOut":
        made = stored.model_dump(include={"version", "created_at", "created_by"})
        return cls.model_validate(stored.points | made)


class PointsIn(PutBack, Points, of=PointsOut):
    """All the points as they are to be."""

    model_config = ConfigDict(json_schema_extra={"examples": [POINTS]})


class _Made(BaseModel):
    contact_id: str
    version: int
    score: int
    fit: int
    engagement: int
    grade: Grade
    points_version: int
    contributions: list[Contribution]
    scored_at: Utc


class ScoreOut(_Made):
    """The contributions add up to the score. `as_of` is when the newest facts in it were true.

    It is the score of the last observation: an edit of the contact or a withdrawn permission shows in the one after the
    next lead, not before.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "contact_id": "con_01k9q3v7w8e5rtx2m4n6p8q0sa",
                    "version": 1,
                    **MADE,
                    "as_of": "2026-01-31T09:30:00Z",
                }
            ]
        }
    )

    as_of: Utc

    @classmethod
    def of(cls, stored: StoredScore) -> "ScoreOut":
        return cls.model_validate(stored, from_attributes=True)


class ScoredObservationOut(_Made):
    """The score that an observation led to, by the points of that moment."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "contact_id": "con_01k9q3v7w8e5rtx2m4n6p8q0sa",
                    "observation_id": "obs_01k9q3v7w8e5rtx2m4n6p8q0sb",
                    "version": 1,
                    **MADE,
                    "occurred_at": "2026-01-31T09:30:00Z",
                    "event_id": "evt_01k9q3v7w8e5rtx2m4n6p8q0sf",
                    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
                }
            ]
        }
    )

    observation_id: str
    occurred_at: Utc
    event_id: str
    trace_id: str | None

    @classmethod
    def of(cls, stored: ScoredObservation) -> "ScoredObservationOut":
        return cls.model_validate(stored, from_attributes=True)
