"""The log of deliveries: what is to be delivered for which work, and what came of every attempt."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlmodel import Session, col
from sqlmodel import select as select_models

from services.campaign_svc.delivery import outcomes
from services.campaign_svc.delivery.models import Action
from services.campaign_svc.webhooks.models import WebhookDelivery, WebhookEndpoint, attempts, deliveries, endpoints
from services.campaign_svc.webhooks.schedule import ATTEMPTS, pause
from services.campaign_svc.webhooks.sending import GONE, Answered
from services.campaign_svc.webhooks.standing import Errand, Standing
from shared.database import Tx
from shared.database.sql import insert_all, insert_new
from shared.database.tables import KERNEL
from shared.due import Outcome, Result, Work
from shared.ids import new_id

TASK = "webhook.deliver"

due_work = KERNEL.due_work


def errands(session: Session, works: Sequence[Work]) -> list[Errand]:
    """Of actions that still wait: the others are over."""
    by_key = {work.key: work for work in works}
    waiting = select_models(Action).where(col(Action.id).in_(by_key), col(Action.state) == "waiting")
    actions = session.exec(waiting).all()
    named = {str(action.config["endpoint"]) for action in actions}
    known = {one.name: one for one in session.exec(_endpoints_called(named))}
    of_actions = select_models(WebhookDelivery).where(col(WebhookDelivery.action_id).in_(by_key))
    begun = {one.action_id: one for one in session.exec(of_actions)}
    return [Errand(by_key[one.id], one, known.get(one.config["endpoint"]), begun.get(one.id)) for one in actions]


def begin(tx: Tx, found: Sequence[tuple[str, str, str]]) -> None:
    """Deliveries of (action, endpoint, its name), where they are new: in the log before anything is sent."""
    rows = [
        {
            "id": new_id("dlv"),
            "action_id": action_id,
            "endpoint_id": endpoint_id,
            "endpoint": name,
            "state": "waiting",
            "attempts": 0,
            "tries_left": ATTEMPTS,
            "not_before": tx.now,
            "created_at": tx.now,
        }
        for action_id, endpoint_id, name in found
    ]
    insert_new(tx.session, deliveries, rows, returning="id")


def note(tx: Tx, action_id: str, endpoint: WebhookEndpoint, answered: Answered, by: str | None = None) -> Standing:
    """Record an attempt and what it means; `by` is who asked for it by hand, and that costs none of our tries.

    `endpoint` as it was when the message was sent.
    """
    known = dict(tx.session.execute(_LOCKED.where(deliveries.c.action_id == action_id)).mappings().one())
    changes = _changes(tx, known, answered, by) | {"attempts": known["attempts"] + 1}
    tx.session.execute(update(deliveries).where(deliveries.c.id == known["id"]).values(**changes))
    row = {"delivery_id": known["id"], "number": changes["attempts"], "at": answered.at, "by": by}
    told = {"status": answered.status, "reason": answered.reason, "duration_ms": answered.duration_ms}
    insert_all(tx.session, attempts, [row | told])
    if answered.status == GONE:
        _switch_off(tx, endpoint)
    after = {**known, **changes}
    if after["state"] != known["state"]:
        _settle_soon(tx, action_id)
    if by is not None and answered.accepted:
        outcomes.delivered_after_all(tx, action_id)
    return Standing(after["state"], after["reason"], after["not_before"])


def end(tx: Tx, action_id: str, result: Result) -> None:
    """What ends without an attempt has failed: nobody to send it to, or no time left."""
    if result.outcome is Outcome.REFUSED:
        ours = (deliveries.c.action_id == action_id, deliveries.c.state == "waiting")
        failed = {"state": "failed", "reason": result.detail, "ended_at": tx.now, "tries_left": 0}
        tx.session.execute(update(deliveries).where(*ours).values(**failed))


def _changes(tx: Tx, known: Mapping[str, Any], answered: Answered, by: str | None) -> dict[str, Any]:
    if known["state"] == "delivered":
        return {}
    if answered.accepted:
        return {"state": "delivered", "reason": None, "ended_at": tx.now, "tries_left": 0}
    if by is not None or known["state"] != "waiting":
        return {}
    left = 0 if answered.status == GONE else known["tries_left"] - 1
    if left == 0:
        return {"state": "failed", "reason": answered.reason, "ended_at": tx.now, "tries_left": 0}
    not_before = tx.now + pause(left, answered.retry_after)
    return {"reason": answered.reason, "tries_left": left, "not_before": not_before}


def _switch_off(tx: Tx, endpoint: WebhookEndpoint) -> None:
    """Only the address that answered so is gone: another may have been set while the message was under way."""
    off = {
        "on": False,
        "off_because": "It answered 410 Gone.",
        "updated_at": tx.now,
        "version": endpoints.c.version + 1,
    }
    ours = (endpoints.c.id == endpoint.id, endpoints.c.url == endpoint.url, endpoints.c.on.is_(True))
    tx.session.execute(update(endpoints).where(*ours).values(**off))


def _settle_soon(tx: Tx, action_id: str) -> None:
    """The outcome is known now, whatever the work was put back for."""
    ours = (due_work.c.task == TASK, due_work.c.key == action_id, due_work.c.settled_at.is_(None))
    tx.session.execute(update(due_work).where(*ours, due_work.c.due_at > tx.now).values(due_at=tx.now))


def _endpoints_called(names: set[str]) -> Any:
    return select_models(WebhookEndpoint).where(col(WebhookEndpoint.name).in_(names))


_LOCKED = select(deliveries).with_for_update()
