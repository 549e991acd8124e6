"""Who may be written to, and where: asked of customer_svc at the last moment, and forgotten after the mail is made."""

from collections.abc import Sequence
from typing import Any

import httpx
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from shared.contracts.campaign import Cause

AT_ONCE = 100


class Recipient(BaseModel):
    """The answer for one contact. What identifies is left out of `repr`, and so out of every log."""

    contact_id: str
    allowed: bool
    because: Cause | None = None
    address: str | None = Field(None, repr=False)
    name: str | None = Field(None, repr=False)
    first_name: str | None = Field(None, repr=False)
    language: str | None = None
    time_zone: str | None = None


class NotAnswered(Exception):
    """customer_svc is down, slow, or does not understand us: nothing may be sent, all of it waits."""


_ANSWERS = TypeAdapter(list[Recipient])


async def recipients(client: httpx.AsyncClient, purpose: str, contact_ids: Sequence[str]) -> dict[str, Recipient]:
    """By contact id; a contact that customer_svc does not know is not in it. Raises `NotAnswered`."""
    found: dict[str, Recipient] = {}
    for start in range(0, len(contact_ids), AT_ONCE):
        body = {"purpose": purpose, "channel": "email", "contact_ids": list(contact_ids[start : start + AT_ONCE])}
        found |= {one.contact_id: one for one in await _asked(client, body)}
    return found


async def _asked(client: httpx.AsyncClient, body: dict[str, Any]) -> list[Recipient]:
    try:
        answer = await client.post("/v1/recipients:batch", json=body)
        answer.raise_for_status()
        return _ANSWERS.validate_json(answer.content)
    except httpx.HTTPStatusError as error:
        raise NotAnswered(f"customer_svc answered {error.response.status_code}.") from None
    except httpx.HTTPError as error:
        raise NotAnswered(f"customer_svc cannot be reached ({type(error).__name__}).") from None
    except ValidationError:
        raise NotAnswered("customer_svc answered what is not understood.") from None
