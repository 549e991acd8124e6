"""What customer_svc states: who was seen, and what they allow. Ids and plain attributes, nothing that identifies."""

from typing import Literal

from shared.events import Event
from shared.money import Money
from shared.types import Utc

Stage = Literal["subscriber", "lead", "mql", "sql", "opportunity", "customer", "evangelist"]
Purpose = Literal["marketing", "service"]
Channel = Literal["email", "phone", "sms", "post"]


class LeadCaptured(Event, type="lead.captured", topic="customer-contacts", key="contact_id"):
    """A person showed interest: once for each observation. Attributes are the contact's, after it."""

    contact_id: str
    observation_id: str
    source: str
    created: bool
    stage: Stage = "lead"
    observations: int = 1
    observation_sources: dict[str, int] = {}
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
    """Permissions in force, each `<purpose>:<channel>`."""

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "contact_id": "con_01k9q3v7w8e5rtx2m4n6p8q0sa",
                    "observation_id": "obs_01k9q3v7w8e5rtx2m4n6p8q0sb",
                    "source": "website",
                    "created": True,
                    "stage": "lead",
                    "observations": 1,
                    "observation_sources": {"website": 1},
                    "has_email": True,
                    "industry": "software",
                    "country": "DE",
                    "consent": ["marketing:email"],
                }
            ]
        }
    }


class ConsentChanged(Event, type="consent.changed", topic="customer-contacts", key="contact_id"):
    """A permission was given or withdrawn."""

    contact_id: str
    purpose: Purpose
    channel: Channel
    granted: bool
    source: str

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "contact_id": "con_01k9q3v7w8e5rtx2m4n6p8q0sa",
                    "purpose": "marketing",
                    "channel": "email",
                    "granted": True,
                    "source": "website",
                }
            ]
        }
    }


class ContactChanged(Event, type="contact.changed", topic="customer-contacts", key="contact_id"):
    """Plain attributes of a contact were edited; `fields` names which, identifying ones by name only."""

    contact_id: str
    fields: list[str]
    stage: Stage
    industry: str | None = None
    job_title: str | None = None
    country: str | None = None
    language: str | None = None
    time_zone: str | None = None

    model_config = {
        "json_schema_extra": {
            "examples": [
                {"contact_id": "con_01k9q3v7w8e5rtx2m4n6p8q0sa", "fields": ["stage"], "stage": "mql", "country": "DE"}
            ]
        }
    }


class CompanyRecorded(Event, type="company.recorded", topic="customer-companies", key="company_id"):
    """A company was recorded or changed: what figures are made of, as it is now. null is unknown, never zero."""

    company_id: str
    created: bool
    industry: str | None = None
    country: str | None = None
    revenue: Money | None = None
    profit: Money | None = None
    missing: list[str] = []
    """The columns without a value, by name: those of the record, whether repeated here or not."""

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "company_id": "com_01k9q3v7w8e5rtx2m4n6p8q0sh",
                    "created": True,
                    "industry": "Software & services",
                    "country": "Germany",
                    "revenue": {"amount": "9010.00", "currency": "USD"},
                    "profit": {"amount": "1360.00", "currency": "USD"},
                    "missing": ["assets"],
                }
            ]
        }
    }


class ApiKeyChanged(Event, type="api_key.changed", topic="customer-api-keys", key="key_id"):
    """An API key was made, rotated or revoked: all of it as it is now, so that each service knows it by itself.

    Hashes of secrets of 256 random bits, never a secret. Whoever may write this topic may let anybody in: only
    customer_svc may.
    """

    key_id: str
    secret_hash: str
    former_hash: str | None = None
    former_until: Utc | None = None
    roles: list[str] = []
    scopes: list[str] = []
    made_by: str
    rotated_by: list[str] = []
    expires_at: Utc
    revoked_at: Utc | None = None

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "key_id": "key_01k9q3v7w8e5rtx2m4n6p8q0sk",
                    "secret_hash": "6f1e1d0c51ee1c2f3f1f0c2f64a1d7f3b6c1c1ab4d3c6bd3d8f1f0d2a7b9c3e5",
                    "roles": ["service"],
                    "scopes": [],
                    "made_by": "user:ada",
                    "expires_at": "2026-05-01T09:30:00Z",
                }
            ]
        }
    }
