"""The consent ledger as stored, and the shapes of the API."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Shown
from pydantic.config import JsonDict
from sqlmodel import Field

from services.customer_svc.tables import Table
from shared.contracts.customer import Channel, Purpose
from shared.database.tables import Bytewise
from shared.types import LINE, Happened, Utc

MOST_RECIPIENTS = 500


RECORD: JsonDict = {
    "purpose": "marketing",
    "channel": "email",
    "granted": True,
    "source": "website",
    "occurred_at": "2026-01-31T09:30:00Z",
    "recorded_at": "2026-01-31T09:30:00.120000Z",
}


class ConsentRecord(Table, table=True):
    """A permission as it was given or refused. Records are only added; the newest of a purpose and channel is in force.

    `sequence` is the version of the contact that the change belongs to.
    """

    __tablename__ = "consents"

    contact_id: str = Field(primary_key=True, sa_type=Bytewise)
    purpose: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    sequence: int = Field(primary_key=True)
    granted: bool
    source: str
    occurred_at: datetime
    recorded_at: datetime


class ConsentIn(BaseModel):
    """A permission given or withdrawn."""

    model_config = ConfigDict(
        title="Consent",
        extra="forbid",
        json_schema_extra={
            "examples": [{"purpose": "marketing", "channel": "email", "granted": True, "source": "website"}]
        },
    )

    purpose: Purpose
    channel: Channel
    granted: bool = Shown(strict=True)
    source: Annotated[str, Shown(min_length=1, max_length=100), LINE] = Shown(
        description="Where the person said so: a form, a call, a letter."
    )
    occurred_at: Happened | None = Shown(None, description="When the person said so; now, if absent.")


class ConsentOut(BaseModel):
    """The permission in force for one purpose and channel, and where it comes from."""

    model_config = ConfigDict(title="ConsentRecord", json_schema_extra={"examples": [RECORD]})

    purpose: Purpose
    channel: Channel
    granted: bool
    source: str
    occurred_at: Utc
    recorded_at: Utc


class ConsentsOut(BaseModel):
    """All that a person allows and refuses."""

    model_config = ConfigDict(
        title="Consents",
        json_schema_extra={"examples": [{"contact_id": "con_01k9q3v7w8e5rtx2m4n6p8q0sa", "consent": [RECORD]}]},
    )

    contact_id: str
    consent: list[ConsentOut] = Shown(description="What was never given nor withdrawn is not listed: not allowed.")


class RecipientsIn(BaseModel):
    """Who is to be written to, what for and how."""

    model_config = ConfigDict(
        title="Recipients",
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"purpose": "marketing", "channel": "email", "contact_ids": ["con_01k9q3v7w8e5rtx2m4n6p8q0sa"]}
            ]
        },
    )

    purpose: Purpose
    channel: Channel
    contact_ids: list[Annotated[str, Shown(max_length=30)]] = Shown(min_length=1, max_length=MOST_RECIPIENTS)


class RecipientOut(BaseModel):
    """Whether a person may be written to now, and only then the address. Unknown ids are left out of the answer."""

    model_config = ConfigDict(title="Recipient")

    contact_id: str = Shown(examples=["con_01k9q3v7w8e5rtx2m4n6p8q0sa"])
    allowed: bool = Shown(examples=[True])
    because: Literal["no_consent", "no_address"] | None = Shown(examples=[None])
    address: str | None = Shown(None, examples=["ada@example.com"])
    name: str | None = Shown(None, examples=["Ada Lovelace"])
    first_name: str | None = Shown(None, examples=["Ada"])
    language: str | None = Shown(None, examples=["en"])
    time_zone: str | None = Shown(None, examples=["Europe/London"])
