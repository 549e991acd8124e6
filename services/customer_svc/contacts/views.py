"""A contact as the API answers it, and the changes that it accepts; what became of a lead."""

from dataclasses import asdict
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from services.customer_svc.contacts.identity import Identity
from services.customer_svc.contacts.leads import Attributes, Code, OptionalWords, Utm
from services.customer_svc.contacts.models import Contact
from shared.contracts.analytics import Grade
from shared.contracts.customer import Stage
from shared.types import BlankIsNone, Country, Email, Language, Phone, Text, TimeZone, Utc
from shared.web import ProblemOut


class LeadOut(BaseModel):
    """Who it was, and under which id it is kept what was received."""

    model_config = ConfigDict(title="CapturedLead")

    contact_id: str = Field(examples=["con_01k9q3v7w8e5rtx2m4n6p8q0sa"])
    observation_id: str = Field(examples=["obs_01k9q3v7w8e5rtx2m4n6p8q0sb"])
    created: bool = Field(description="The person was not known before.")


class LeadResult(BaseModel):
    """What became of one row of a batch: 201 new, 200 known, else the problem that a single request would have met."""

    index: int = Field(examples=[0])
    status: int = Field(examples=[201])
    contact_id: str | None = Field(None, examples=["con_01k9q3v7w8e5rtx2m4n6p8q0sa"])
    observation_id: str | None = Field(None, examples=["obs_01k9q3v7w8e5rtx2m4n6p8q0sb"])
    problem: ProblemOut | None = None


class LeadResults(BaseModel):
    results: list[LeadResult] = Field(description="One for each row, in the order they were sent.")


CONTACT: JsonDict = {
    "id": "con_01k9q3v7w8e5rtx2m4n6p8q0sa",
    "version": 2,
    "name": "Ada Wrenlock",
    "first_name": "Ada",
    "last_name": "Wrenlock",
    "email": "ada@example.com",
    "phone": "+4930901820",
    "stage": "lead",
    "source": "website",
    "company": "Umbra Bearings",
    "industry": "manufacturing",
    "job_title": "Head of Operations",
    "country": "DE",
    "language": "en",
    "time_zone": "Europe/Berlin",
    "utm": {"source": "newsletter", "campaign": "spring"},
    "attributes": {"employees": 120, "trial": True},
    "observations": 2,
    "observation_sources": {"website": 1, "fair": 1},
    "score": 100,
    "fit": 80,
    "engagement": 20,
    "grade": "A",
    "score_as_of": "2026-01-31T09:30:00Z",
    "created_at": "2026-01-30T14:05:00Z",
    "updated_at": "2026-01-31T09:30:01Z",
}


class ContactOut(BaseModel):
    """A person, as far as known. Scores follow an observation by a moment: `score_as_of` says what they rest on."""

    model_config = ConfigDict(title="Contact", from_attributes=True, json_schema_extra={"examples": [CONTACT]})

    id: str
    version: int = Field(description="Also the ETag.")
    name: str | None
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None = Field(description="E.164.")
    stage: Stage
    source: str = Field(description="Where the first observation came from.")
    company: str | None
    industry: str | None
    job_title: str | None
    country: str | None
    language: str | None
    time_zone: str | None
    utm: dict[str, str]
    attributes: dict[str, Any]
    observations: int
    observation_sources: dict[str, int] = Field(description="Observations by source.")
    score: int | None
    fit: int | None
    engagement: int | None
    grade: Grade | None
    score_as_of: Utc | None
    created_at: Utc
    updated_at: Utc

    @classmethod
    def of(cls, contact: Contact, identity: Identity) -> "ContactOut":
        plain = {name: getattr(contact, name) for name in cls.model_fields if hasattr(contact, name)}
        return cls(**plain, **asdict(identity))


class ContactPatch(BaseModel):
    """Absent: keep. Null or blank: clear. A new e-mail address becomes one more by which the person is found."""

    model_config = ConfigDict(
        title="ContactPatch", extra="forbid", json_schema_extra={"examples": [{"stage": "mql", "country": "DE"}]}
    )

    name: OptionalWords = None
    first_name: OptionalWords = None
    last_name: OptionalWords = None
    email: Annotated[Email | None, BlankIsNone] = None
    phone: Annotated[Phone | None, BlankIsNone] = None
    stage: Stage = Field(default_factory=lambda: "lead", description="Cannot be cleared.")
    company: OptionalWords = None
    industry: OptionalWords = None
    job_title: OptionalWords = None
    country: Annotated[Country | None, BlankIsNone] = None
    language: Annotated[Language | None, BlankIsNone] = None
    time_zone: Annotated[TimeZone | None, BlankIsNone] = None
    utm: Utm = Field(default_factory=dict)
    attributes: Attributes = Field(default_factory=dict, description="Replaces all of them.")


class SearchIn(BaseModel):
    """By `email`, by `phone`, or by `source` and `external_id`. In a body: nothing identifying may stand in a URL."""

    model_config = ConfigDict(
        title="ContactSearch",
        extra="forbid",
        json_schema_extra={
            "examples": [{"email": "ada@example.com"}, {"source": "website", "external_id": "form-4711"}],
            "oneOf": [{"required": ["email"]}, {"required": ["phone"]}, {"required": ["source", "external_id"]}],
        },
    )

    email: Annotated[Email | None, BlankIsNone] = None
    phone: Annotated[Phone | None, BlankIsNone] = Field(None, description="International, with `+`.")
    source: Annotated[Code | None, BlankIsNone] = None
    external_id: Annotated[Text | None, BlankIsNone] = None

    @model_validator(mode="after")
    def by_one_of_them(self) -> "SearchIn":
        given = [name for name in ("email", "phone", "source", "external_id") if getattr(self, name)]
        if given not in (["email"], ["phone"], ["source", "external_id"]):
            raise PydanticCustomError("search", "give email, or phone, or source together with external_id")
        return self


class FoundOut(BaseModel):
    """Whom it names. A phone may be shared, so there may be many; else there is one at most."""

    items: list[ContactOut] = Field(description="At most 200, the most recently changed first.")
