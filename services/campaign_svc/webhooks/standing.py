"""Where a delivery stands, and what is to be done about it now. Pure: it is given what is known, and the time."""

from dataclasses import dataclass
from datetime import datetime

from services.campaign_svc.delivery.models import Action
from services.campaign_svc.webhooks.models import WebhookDelivery, WebhookEndpoint
from services.campaign_svc.webhooks.schedule import A_DAY
from shared.due import Outcome, Result, Work

SENT = Result(Outcome.DONE, facts={"state": "sent"})


@dataclass(frozen=True, slots=True)
class Errand:
    """One message to deliver, and what is known of it; `endpoint` is None where nobody has its name any more."""

    work: Work
    action: Action
    endpoint: WebhookEndpoint | None
    delivery: WebhookDelivery | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a delivery stands after an attempt."""

    state: str
    reason: str | None
    not_before: datetime


def todo_about(errand: Errand, now: datetime) -> Result | WebhookEndpoint:
    """The endpoint that it is to be sent to now; or a result, where it is over, or its time has not come."""
    endpoint, delivery = errand.endpoint, errand.delivery
    if delivery and (delivery.state != "waiting" or now < delivery.not_before):
        return as_result(Standing(delivery.state, delivery.reason, delivery.not_before))
    if delivery and now > delivery.created_at + A_DAY:
        return _refused(f"Given up after a day. {delivery.reason or 'The receiver never had room for it.'}")
    if endpoint is None:
        return _refused("There is no webhook endpoint of this name any more.")
    if not endpoint.on:
        return _refused(f"The webhook endpoint is switched off. {endpoint.off_because or ''}".strip())
    return endpoint


def as_result(standing: Standing) -> Result:
    if standing.state == "delivered":
        return SENT
    if standing.state == "failed":
        return _refused(standing.reason or "It failed.")
    return Result(Outcome.RETRY, standing.reason or "", again_at=standing.not_before)


def _refused(why: str) -> Result:
    return Result(Outcome.REFUSED, why)
