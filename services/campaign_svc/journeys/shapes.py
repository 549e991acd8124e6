"""What the API shows of journeys and decisions, and the one thing it takes beside a definition."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from services.campaign_svc.journeys.definitions import DEFINITION, EMAIL, AnyAction, Definition
from services.campaign_svc.journeys.models import Decision, Journey, JourneyVersion
from shared.contracts.campaign import Cause
from shared.types import LINE, Utc
from shared.web import PutBack

CONTACT = "con_01k9q3v7w8e5rtx2m4n6p8q0sa"
JOURNEY = "jrn_01k9q3v7w8e5rtx2m4n6p8q0sd"
INPUTS: JsonDict = {"grade": "A", "score": 85, "source": "website", "country": "DE"}
RULE: JsonDict = {"field": "grade", "operator": "in", "value": ["A", "B"], "actual": "A", "truth": True}
CONDITIONS: JsonDict = {"combinator": "and", "not": False, "truth": True, "rules": [RULE]}
MADE: JsonDict = {
    "id": JOURNEY,
    "version": 1,
    "created_at": "2026-01-31T09:30:00Z",
    "updated_at": "2026-01-31T09:30:00Z",
    "created_by": "user:ada",
}
DECISION: JsonDict = {
    "id": "dec_01k9q3v7w8e5rtx2m4n6p8q0sc",
    "journey_id": JOURNEY,
    "journey_name": "Welcome",
    "journey_version": 1,
    "about": CONTACT,
    "contact_id": CONTACT,
    "occasion": "obs_01k9q3v7w8e5rtx2m4n6p8q0sb",
    "observation_id": "obs_01k9q3v7w8e5rtx2m4n6p8q0sb",
    "revision": 1,
    "acted": True,
    "cause": None,
    "inputs": INPUTS,
    "conditions": CONDITIONS,
    "actions": ["act_01k9q3v7w8e5rtx2m4n6p8q0se"],
    "event_id": "evt_01k9q3v7w8e5rtx2m4n6p8q0sf",
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "depth": 1,
    "occurred_at": "2026-01-31T09:30:00Z",
    "decided_at": "2026-01-31T09:30:00.120Z",
}


class JourneyOut(Definition):
    """A version of a journey. `created_by` is who made this version, `updated_at` when."""

    model_config = ConfigDict(json_schema_extra={"examples": [DEFINITION | MADE]})

    id: str
    version: int
    created_at: Utc
    updated_at: Utc
    created_by: str

    @classmethod
    def of(cls, journey: Journey, version: JourneyVersion) -> "JourneyOut":
        made = {"version": version.version, "updated_at": version.created_at, "created_by": version.created_by}
        return cls.model_validate(version.definition | made | {"id": journey.id, "created_at": journey.created_at})


class JourneyChange(PutBack, Definition, of=JourneyOut):
    """All of the journey as it is to be. Only `on` may be left out."""

    on: bool = Field(
        default_factory=bool,
        strict=True,
        description="Absent: as it was. A journey that is off decides nothing and records nothing.",
    )

    def after(self, on: bool) -> Definition:
        """What it becomes, if it was `on`."""
        return self if "on" in self.model_fields_set else self.model_copy(update={"on": on})


class DecisionOut(BaseModel):
    """`cause` says why it did not act. `conditions` has the value and the truth of each; `inputs` are all the facts.

    `about` is a contact, an ad campaign such as `search/brand`, or a channel; `occasion` the observation, the alarm or
    the change, in its `revision`. `occurred_at` is when that was, `decided_at` when it was decided; `event_id` is the
    fact it was decided about.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [DECISION]})

    id: str
    journey_id: str
    journey_name: str
    journey_version: int
    about: str
    contact_id: str | None
    occasion: str
    observation_id: str | None
    revision: int
    acted: bool
    cause: Cause | None
    inputs: dict[str, Any]
    conditions: dict[str, Any]
    actions: list[str]
    event_id: str
    trace_id: str | None
    depth: int
    occurred_at: Utc
    decided_at: Utc

    @classmethod
    def of(cls, decision: Decision) -> "DecisionOut":
        return cls.model_validate(decision, from_attributes=True)


class TryIn(BaseModel):
    """What to try it on: a contact, or what else a journey can be about, such as the ad campaign `search/brand`."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"contact_id": CONTACT}, {"about": "search/brand"}],
            "oneOf": [{"required": ["contact_id"]}, {"required": ["about"]}],
        },
    )

    contact_id: Annotated[str, Field(min_length=1), LINE] | None = None
    about: Annotated[str, Field(min_length=1), LINE] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.contact_id is None) == (self.about is None):
            raise PydanticCustomError("one_of", "must have either contact_id or about")
        return self

    @property
    def subject(self) -> str:
        return self.contact_id or self.about or ""


class TryOut(BaseModel):
    """What the newest version would decide now, were it on. `as_of` is when the facts were true."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "journey_id": JOURNEY,
                    "journey_version": 1,
                    "about": CONTACT,
                    "contact_id": CONTACT,
                    "would_act": True,
                    "cause": None,
                    "inputs": INPUTS,
                    "conditions": CONDITIONS,
                    "actions": [EMAIL],
                    "as_of": "2026-01-31T09:30:00Z",
                }
            ]
        }
    )

    journey_id: str
    journey_version: int
    about: str
    contact_id: str | None
    would_act: bool
    cause: Cause | None
    inputs: dict[str, Any]
    conditions: dict[str, Any]
    actions: list[AnyAction]
    as_of: Utc
