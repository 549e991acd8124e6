"""What is to be done about a delivery now, from what is known of it alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.campaign_svc.delivery.models import Action
from services.campaign_svc.webhooks.models import WebhookDelivery, WebhookEndpoint
from services.campaign_svc.webhooks.schedule import A_DAY
from services.campaign_svc.webhooks.standing import Errand, todo_about
from shared.due import Outcome, Result, Work
from tests.campaign_svc.delivery.world import planned

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
WORK = Work("due_1", "webhook.deliver", "act_1", {}, attempt=1, first_due_at=NOW)
ACTION = Action(**planned("jrn_1", "webhook", "con_ada", {"endpoint": "crm"}, NOW))


def endpoint(**fields: Any) -> WebhookEndpoint:
    return WebhookEndpoint(id="whk_1", name="crm", url="https://example.com/", **({"on": True} | fields))


def delivery(**fields: Any) -> WebhookDelivery:
    known: dict[str, Any] = {"id": "dlv_1", "state": "waiting", "not_before": NOW, "created_at": NOW, "tries_left": 8}
    return WebhookDelivery(**(known | fields))


def todo(to: WebhookEndpoint | None, known: WebhookDelivery | None = None, now: datetime = NOW) -> object:
    return todo_about(Errand(WORK, ACTION, to, known), now)


def test_what_is_new_or_due_is_sent() -> None:
    to = endpoint()
    assert todo(to) is to
    assert todo(to, delivery(not_before=NOW)) is to


def test_what_is_not_due_waits_for_its_time() -> None:
    later = NOW + timedelta(hours=2)
    waits = todo(endpoint(), delivery(not_before=later, reason="It answered 503."))
    assert waits == Result(Outcome.RETRY, "It answered 503.", again_at=later)


@pytest.mark.parametrize(
    ("to", "known", "reason"),
    [
        (None, None, "There is no webhook endpoint of this name any more."),
        (endpoint(on=False), None, "The webhook endpoint is switched off."),
        (
            endpoint(on=False, off_because="It answered 410 Gone."),
            None,
            "The webhook endpoint is switched off. It answered 410 Gone.",
        ),
        (endpoint(), delivery(state="failed", reason="It answered 500."), "It answered 500."),
        (
            endpoint(),
            delivery(created_at=NOW - 2 * A_DAY, reason="It answered 500."),
            "Given up after a day. It answered 500.",
        ),
        (endpoint(), delivery(created_at=NOW - 2 * A_DAY), "Given up after a day. The receiver never had room for it."),
    ],
)
def test_what_cannot_be_sent_has_failed_with_the_reason(
    to: WebhookEndpoint | None, known: WebhookDelivery | None, reason: str
) -> None:
    assert todo(to, known) == Result(Outcome.REFUSED, reason)


def test_what_was_delivered_is_sent_whatever_became_of_its_endpoint() -> None:
    assert todo(None, delivery(state="delivered")) == Result(Outcome.DONE, facts={"state": "sent"})
