"""A permission, as it is sent with a lead."""

from pydantic import BaseModel, ConfigDict

from shared.contracts.customer import Channel, Purpose


class Permission(BaseModel):
    """A person allows messages for this purpose by this channel."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"purpose": "marketing", "channel": "email"}]}
    )

    purpose: Purpose
    channel: Channel
