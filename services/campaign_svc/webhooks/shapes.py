"""What the API takes and shows of webhooks. The secret is shown by the answer that made it, and by none after."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from services.campaign_svc.webhooks.models import State, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from shared.types import WHOLE, LongText, Text, Utc

ID = "whk_01k9q3v7w8e5rtx2m4n6p8q0sh"
GIVEN: JsonDict = {
    "name": "crm",
    "url": "https://crm.example.com/hooks/rainmaker",
    "description": "Tells the CRM of hot leads.",
    "on": True,
}
ENDPOINT: JsonDict = {
    "id": ID,
    **GIVEN,
    "off_because": None,
    "old_secret_until": None,
    "created_at": "2026-01-31T09:30:00Z",
    "created_by": "user:ada",
    "updated_at": "2026-01-31T09:30:00Z",
    "version": 1,
}
SECRET: JsonDict = {"secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazpRs6KTVDQ="}
ATTEMPT: JsonDict = {
    "number": 1,
    "at": "2026-01-31T09:30:01Z",
    "status": 503,
    "reason": "It answered 503.",
    "duration_ms": 84,
    "by": None,
}
DELIVERY: JsonDict = {
    "id": "dlv_01k9q3v7w8e5rtx2m4n6p8q0sj",
    "webhook_id": "act_01k9q3v7w8e5rtx2m4n6p8q0se",
    "action_id": "act_01k9q3v7w8e5rtx2m4n6p8q0se",
    "endpoint_id": ID,
    "endpoint": "crm",
    "state": "waiting",
    "reason": "It answered 503.",
    "attempts": 1,
    "tries_left": 7,
    "next_at": "2026-01-31T09:30:06Z",
    "created_at": "2026-01-31T09:30:01Z",
    "ended_at": None,
}

EndpointName = Annotated[
    str,
    Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60, description="What journeys call it.", examples=["crm"]),
]
Url = Annotated[
    str,
    Field(
        max_length=2_048,
        description="An https:// address of a public host, without user name and fragment.",
    ),
]
Overlap = Annotated[
    int,
    Field(
        strict=True,
        ge=0,
        le=7 * 24 * 3600,
        description="How long messages carry the signatures of both secrets. 0 for a secret that leaked.",
    ),
    WHOLE,
]


class EndpointIn(BaseModel):
    """Where messages go. We make the secret that they are signed with."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [GIVEN]})

    name: EndpointName
    url: Url
    description: LongText | None = None
    on: bool = Field(True, strict=True, description="To an endpoint that is off nothing is sent: its actions fail.")


class EndpointPatch(BaseModel):
    """What is absent stays, null clears. The name stays: journeys refer to it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"on": False}]})

    url: Url = Field(default_factory=str)
    description: LongText | None = None
    on: bool = Field(default_factory=bool, strict=True)


class RotateIn(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"overlap_seconds": 86_400}]})

    overlap_seconds: Overlap = 24 * 3600


class EndpointOut(BaseModel):
    """`off_because` is set where we switched it off. Until `old_secret_until` the secret before this one signs too."""

    model_config = ConfigDict(json_schema_extra={"examples": [ENDPOINT]})

    id: str
    name: str
    url: str
    description: str | None
    on: bool
    off_because: str | None
    old_secret_until: Utc | None
    created_at: Utc
    created_by: str
    updated_at: Utc
    version: int

    @classmethod
    def of(cls, endpoint: WebhookEndpoint) -> "EndpointOut":
        stored = endpoint.model_dump(exclude={"secret", "old_secret", "old_until"})
        return cls(**stored, old_secret_until=endpoint.old_until)


class EndpointMade(EndpointOut):
    """`secret` verifies the messages by any library for Standard Webhooks. Keep it: it is not shown again."""

    model_config = ConfigDict(json_schema_extra={"examples": [ENDPOINT | SECRET]})

    secret: str = Field(repr=False)


class TrialOut(BaseModel):
    """What came back for a test message. `reason` says why it was no success, `status` is null without an answer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "webhook_id": "msg_01k9q3v7w8e5rtx2m4n6p8q0sk",
                    "accepted": True,
                    "status": 204,
                    "reason": None,
                    "duration_ms": 31,
                    "at": "2026-01-31T09:30:01Z",
                }
            ]
        }
    )

    webhook_id: str
    accepted: bool
    status: int | None
    reason: str | None
    duration_ms: int
    at: Utc


class AttemptOut(BaseModel):
    """One request. `by` is who asked for it by hand; `reason` says why it was no success."""

    model_config = ConfigDict(json_schema_extra={"examples": [ATTEMPT]})

    number: int
    at: Utc
    status: int | None
    reason: str | None
    duration_ms: int
    by: str | None

    @classmethod
    def of(cls, attempt: WebhookAttempt) -> "AttemptOut":
        return cls.model_validate(attempt, from_attributes=True)


class DeliveryOut(BaseModel):
    """`webhook_id` is the same at every attempt, so that a receiver can tell a copy. `next_at` is not before when."""

    model_config = ConfigDict(json_schema_extra={"examples": [DELIVERY]})

    id: str
    webhook_id: str
    action_id: str
    endpoint_id: str
    endpoint: Text
    state: State
    reason: str | None
    attempts: int
    tries_left: int
    next_at: Utc | None
    created_at: Utc
    ended_at: Utc | None

    @classmethod
    def of(cls, delivery: WebhookDelivery) -> Self:
        known = delivery.model_dump(exclude={"not_before"})
        next_at = delivery.not_before if delivery.state == "waiting" else None
        return cls(**known, webhook_id=delivery.action_id, next_at=next_at)


class DeliveryLog(DeliveryOut):
    """A delivery with every attempt, in their order."""

    model_config = ConfigDict(json_schema_extra={"examples": [DELIVERY | {"log": [ATTEMPT]}]})

    log: list[AttemptOut] = []
