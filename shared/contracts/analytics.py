"""What analytics_svc states: what the facts mean."""

from typing import Literal

from pydantic import BaseModel

from shared.events import Event

Grade = Literal["A", "B", "C"]


class Contribution(BaseModel):
    """What one reason adds to a score, or takes from it."""

    reason: str
    points: int
    part: Literal["fit", "engagement"]


class LeadScored(Event, type="lead.scored", topic="analytics-scores", key="contact_id"):
    """A lead was scored: once for each observation. `score` = `fit` + `engagement` = the sum of the contributions.

    Carries what rules need, as this fact may overtake `lead.captured`.
    """

    contact_id: str
    observation_id: str
    score: int
    fit: int
    engagement: int
    grade: Grade
    points_version: int
    contributions: list[Contribution] = []
    source: str
    created: bool = False
    stage: str = "lead"
    observations: int = 1
    has_email: bool = False
    has_phone: bool = False
    has_company: bool = False
    industry: str | None = None
    job_title: str | None = None
    country: str | None = None
    language: str | None = None
    time_zone: str | None = None
    utm: dict[str, str] = {}
    attributes: dict[str, str | int | float | bool | None] = {}
    consent: list[str] = []

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "contact_id": "con_01k9q3v7w8e5rtx2m4n6p8q0sa",
                    "observation_id": "obs_01k9q3v7w8e5rtx2m4n6p8q0sb",
                    "score": 75,
                    "fit": 60,
                    "engagement": 15,
                    "grade": "A",
                    "points_version": 1,
                    "contributions": [
                        {"reason": "works in software", "points": 60, "part": "fit"},
                        {"reason": "came by the website", "points": 15, "part": "engagement"},
                    ],
                    "source": "website",
                    "industry": "software",
                    "country": "DE",
                }
            ]
        }
    }
