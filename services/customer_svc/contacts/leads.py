"""A lead as it is sent, and cleaned by being read: what passes here has one spelling and is safe to store.

Text is NFC on one line, wrongly decoded text is repaired, an e-mail has its domain in lower case, a phone is E.164 by
`phone_region`, a country is ISO 3166-1. Blank is the same as absent.
"""

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from services.customer_svc.consent.permission import Permission
from shared.types import (
    LINE,
    BlankIsNone,
    Country,
    Email,
    Happened,
    Language,
    LongText,
    Text,
    TimeZone,
    clean_line,
    phone_e164,
    repaired,
)

MOST_ATTRIBUTES = 50
MOST_UTM = 20


def _scalar(value: Any) -> str | int | float | bool | None:
    if isinstance(value, str):
        return clean_line(value)
    if value is None or (isinstance(value, int | float) and -(2**63) <= value < 2**63):
        return value
    raise PydanticCustomError("scalar", "must be one text, number, true, false or null, and a number fit into 64 bits")


Words = Annotated[Text, AfterValidator(repaired)]
OptionalWords = Annotated[Words | None, BlankIsNone]
Code = Annotated[str, Field(min_length=1, max_length=100), LINE]
AttributeName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Scalar = Annotated[
    str | int | float | bool | None,
    PlainValidator(_scalar),
    WithJsonSchema({"type": ["string", "integer", "number", "boolean", "null"], "maxLength": 500}),
]
Attributes = Annotated[dict[AttributeName, Scalar], Field(max_length=MOST_ATTRIBUTES)]
Utm = Annotated[dict[AttributeName, Text], Field(max_length=MOST_UTM)]

EXAMPLE: dict[str, Any] = {
    "email": "ada@example.com",
    "phone": "030 901820",
    "phone_region": "DE",
    "name": "Ada Lovelace",
    "company": "Analytical Engines",
    "industry": "software",
    "job_title": "CTO",
    "country": "DE",
    "language": "en",
    "time_zone": "Europe/Berlin",
    "message": "Please call me about the enterprise plan.",
    "source": "website",
    "external_id": "form-4711",
    "occurred_at": "2026-01-31T09:30:00Z",
    "utm": {"source": "newsletter", "campaign": "spring"},
    "consent": [{"purpose": "marketing", "channel": "email"}],
    "attributes": {"employees": 120, "trial": True},
}


class LeadIn(BaseModel):
    """Somebody showed interest. All but `source` is optional.

    `email` and (`source`, `external_id`) identify a person; a phone alone does not. What identifies is stored
    encrypted; `attributes` are not: put nothing there that tells who somebody is.
    """

    model_config = ConfigDict(title="Lead", extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    source: Code = Field(description="The form, channel or system that it comes from.")
    external_id: Annotated[Annotated[str, Field(max_length=200), LINE] | None, BlankIsNone] = Field(
        None, description="The id of this person in `source`."
    )
    email: Annotated[Email | None, BlankIsNone] = None
    phone_region: Annotated[Country | None, BlankIsNone] = Field(
        None, description="The country whose national phone numbers are meant."
    )
    phone: Annotated[Text | None, BlankIsNone] = Field(
        None, description="International with `+`, or national with `phone_region`."
    )
    name: OptionalWords = None
    first_name: OptionalWords = None
    last_name: OptionalWords = None
    company: OptionalWords = None
    industry: OptionalWords = None
    job_title: OptionalWords = None
    country: Annotated[Country | None, BlankIsNone] = None
    language: Annotated[Language | None, BlankIsNone] = None
    time_zone: Annotated[TimeZone | None, BlankIsNone] = None
    message: Annotated[LongText | None, BlankIsNone] = None
    occurred_at: Happened | None = Field(
        None, description="When it was true; now, if absent. What is older than what is known fills gaps only."
    )
    utm: Utm = Field({}, description="Link tags by name: source, medium, campaign, term, content.")
    consent: Annotated[list[Permission], Field(max_length=20)] = []
    attributes: Attributes = Field({}, description="Anything else that is one text, number or truth value.")

    @field_validator("phone")
    @classmethod
    def in_e164(cls, phone: str | None, info: ValidationInfo) -> str | None:
        """A region that was refused itself leaves the phone unjudged: one error, where it belongs."""
        if phone is None or "phone_region" not in info.data:
            return phone
        return phone_e164(phone, info.data["phone_region"])
