"""Deliveries over HTTP: what became of each message and each attempt, and once more by hand."""

from typing import Annotated

from sqlmodel import Session, col, select

from services.campaign_svc.delivery.models import Action
from services.campaign_svc.webhooks import deliveries, endpoints, messages
from services.campaign_svc.webhooks.callers import MayRead, MayWrite
from services.campaign_svc.webhooks.models import State, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from services.campaign_svc.webhooks.sending import Sender
from services.campaign_svc.webhooks.shapes import AttemptOut, DeliveryLog, DeliveryOut
from shared.problems import conflict
from shared.runtime import Running
from shared.types import Text
from shared.web import Db, Order, Page, Paging, Router, errors, found_or_404

router = Router(tags=["webhooks"])

ORDER = Order({"created_at": col(WebhookDelivery.created_at)}, default="-created_at", tie=col(WebhookDelivery.id))


@router.get("/v1/webhooks/{endpoint_id}/deliveries")
async def list_webhook_deliveries(
    endpoint_id: Text,
    db: Db,
    by: MayRead,
    asked: Annotated[Paging, ORDER.asked()],
    state: State | None = None,
) -> Page[DeliveryOut]:
    """The newest first. A message is here from the moment its receiver's turn comes."""
    await db.read(endpoints.read, endpoint_id)
    query = select(WebhookDelivery).where(col(WebhookDelivery.endpoint_id) == endpoint_id)
    if state is not None:
        query = query.where(col(WebhookDelivery.state) == state)
    return await db.read(asked.page, query, DeliveryOut.of)


@router.get("/v1/webhook-deliveries/{delivery_id}")
async def read_webhook_delivery(delivery_id: Text, db: Db, by: MayRead) -> DeliveryLog:
    """With all its attempts."""
    return await db.read(_log, delivery_id)


@router.post("/v1/webhook-deliveries/{delivery_id}/redeliver", responses=errors(409))
async def redeliver_webhook(delivery_id: Text, running: Running, by: MayWrite) -> DeliveryLog:
    """Sends it now, once, under the same `webhook-id`, whatever became of it before, and says what came back.

    An attempt by hand costs none of ours; an action that had failed is sent with it. 409 where its endpoint is switched
    off or gone.
    """
    action, endpoint = await running.db.read(_to_send, delivery_id)
    async with Sender.for_once(running) as sender:
        answered = await sender.send(endpoint, action.id, messages.of_action(action))
    await running.db.write(deliveries.note, action.id, endpoint, answered, by.subject, by=by, lane=action.id)
    return await running.db.read(_log, delivery_id)


def _delivery(session: Session, delivery_id: str) -> WebhookDelivery:
    return found_or_404(session, WebhookDelivery, delivery_id, "webhook delivery")


def _log(session: Session, delivery_id: str) -> DeliveryLog:
    delivery = _delivery(session, delivery_id)
    ours = select(WebhookAttempt).where(col(WebhookAttempt.delivery_id) == delivery_id)
    attempts = session.exec(ours.order_by(col(WebhookAttempt.number)))
    return DeliveryLog.of(delivery).model_copy(update={"log": [AttemptOut.of(one) for one in attempts]})


def _to_send(session: Session, delivery_id: str) -> tuple[Action, WebhookEndpoint]:
    """Raises Problem 404, 409."""
    delivery = _delivery(session, delivery_id)
    action = session.get(Action, delivery.action_id)
    endpoint = session.exec(select(WebhookEndpoint).where(col(WebhookEndpoint.name) == delivery.endpoint)).first()
    if action is None or endpoint is None:
        raise conflict("Its endpoint was deleted: there is nobody to send it to.")
    if not endpoint.on:
        raise conflict("Its endpoint is switched off: switch it on first.")
    return action, endpoint
