"""Webhook endpoints over HTTP: made with a secret, changed, tried out, given a new secret, deleted."""

from datetime import timedelta
from typing import Annotated

from fastapi import Response
from sqlmodel import col, select

from services.campaign_svc.webhooks import endpoints, messages
from services.campaign_svc.webhooks.callers import MayRead, MayWrite
from services.campaign_svc.webhooks.models import WebhookEndpoint
from services.campaign_svc.webhooks.sealed import sealed_secret, secret_of
from services.campaign_svc.webhooks.sending import Sender
from services.campaign_svc.webhooks.shapes import (
    EndpointIn,
    EndpointMade,
    EndpointOut,
    EndpointPatch,
    RotateIn,
    TrialOut,
)
from shared.ids import new_id
from shared.outgoing import require_address
from shared.problems import conflict
from shared.runtime import Running, Runtime
from shared.types import Text
from shared.web import Db, IdempotencyKey, IfMatch, Order, Page, Paging, Router, errors, etag, tagged

router = Router(prefix="/v1/webhooks", tags=["webhooks"])

A_DAY_OF_BOTH = RotateIn()

ORDER = Order(
    {"name": col(WebhookEndpoint.name), "created_at": col(WebhookEndpoint.created_at)},
    default="name",
    tie=col(WebhookEndpoint.id),
)


@router.get("")
async def list_webhooks(db: Db, by: MayRead, asked: Annotated[Paging, ORDER.asked()]) -> Page[EndpointOut]:
    """Endpoints without their secrets."""
    return await db.read(asked.page, select(WebhookEndpoint), EndpointOut.of)


@router.post("", status_code=201, responses=errors(409))
async def create_webhook(
    wanted: EndpointIn, running: Running, by: MayWrite, once: IdempotencyKey, response: Response
) -> EndpointMade:
    """The answer holds the secret, this once. An address that is not of a public host is refused."""
    await require_address(wanted.url, local=running.settings.private_addresses)
    endpoint_id = new_id("whk")
    secret = sealed_secret(running.settings.master, endpoint_id)
    made = await running.db.write(endpoints.create, endpoint_id, wanted, secret, by=by, once=once)
    response.headers["Location"] = f"/v1/webhooks/{made.id}"
    return await _with_secret(running, made, response)


@router.get("/{endpoint_id}")
async def read_webhook(endpoint_id: Text, db: Db, by: MayRead, response: Response) -> EndpointOut:
    """An endpoint without its secret."""
    return tagged(response, await db.read(endpoints.read, endpoint_id))


@router.patch("/{endpoint_id}")
async def change_webhook(
    endpoint_id: Text, patch: EndpointPatch, running: Running, by: MayWrite, expected: IfMatch, response: Response
) -> EndpointOut:
    """What waits to be sent goes to the new address."""
    if "url" in patch.model_fields_set:
        await require_address(patch.url, local=running.settings.private_addresses)
    change = running.db.write(endpoints.change, endpoint_id, patch, expected, by=by, lane=endpoint_id)
    return tagged(response, await change)


@router.delete("/{endpoint_id}", status_code=204, responses=errors(409))
async def delete_webhook(endpoint_id: Text, db: Db, by: MayWrite, expected: IfMatch) -> None:
    """Not while a journey that is on uses it. What waits for it fails; its deliveries stay to be read by their ids."""
    await db.write(endpoints.delete, endpoint_id, expected, by=by, lane=endpoint_id)


@router.post("/{endpoint_id}/rotate", responses=errors(409))
async def rotate_webhook_secret(
    endpoint_id: Text,
    running: Running,
    by: MayWrite,
    expected: IfMatch,
    once: IdempotencyKey,
    response: Response,
    wanted: RotateIn = A_DAY_OF_BOTH,
) -> EndpointMade:
    """A new secret, shown this once. For a while messages carry the signature of the old one too."""
    secret = sealed_secret(running.settings.master, endpoint_id)
    overlap = timedelta(seconds=wanted.overlap_seconds)
    made = await running.db.write(
        endpoints.rotate, endpoint_id, secret, overlap, expected, by=by, lane=endpoint_id, once=once
    )
    return await _with_secret(running, made, response)


@router.post("/{endpoint_id}/test")
async def test_webhook(endpoint_id: Text, running: Running, by: MayWrite) -> TrialOut:
    """Sends a message of type `webhook.test` now, once, also to an endpoint that is off, and says what came back."""
    endpoint = await running.db.read(endpoints.stored, endpoint_id)
    webhook_id, body = new_id("msg"), messages.of_test(endpoint.id, endpoint.name, running.db.clock())
    async with Sender.for_once(running) as sender:
        answered = await sender.send(endpoint, webhook_id, body)
    return TrialOut(
        webhook_id=webhook_id,
        accepted=answered.accepted,
        status=answered.status,
        reason=answered.reason,
        duration_ms=answered.duration_ms,
        at=answered.at,
    )


async def _with_secret(running: Runtime, made: EndpointOut, response: Response) -> EndpointMade:
    """The unit of work does not return it: what that returns is stored in plain with the Idempotency-Key.

    A request that is repeated later shows no secret that another one made.
    """
    endpoint = await running.db.read(endpoints.stored, made.id)
    if endpoint.version != made.version:
        raise conflict("The endpoint was changed since, so its secret is not shown again; rotate it for a new one.")
    etag(response, made.version)
    return EndpointMade(**made.model_dump(), secret=secret_of(endpoint, running.settings.master))
