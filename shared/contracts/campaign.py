"""What campaign_svc states: what was decided, what was done about it, and what was not, with the cause."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel

from shared.events import Event
from shared.money import Money
from shared.types import Utc

Cause = Literal[
    "condition_false",
    "already_done",
    "no_consent",
    "no_address",
    "suppressed",
    "frequency_cap",
    "quiet_hours",
    "loop_depth",
    "switched_off",
]
ActionKind = Literal["email", "task"]


class DecisionMade(Event, type="decision.made", topic="campaign-decisions", key="contact_id", subject="decision_id"):
    """A journey decided about one observation of a contact: to act, or not to act and why."""

    decision_id: str
    contact_id: str
    journey_id: str
    journey_name: str
    journey_version: int
    observation_id: str
    acted: bool
    withheld_because: Cause | None = None
    actions: list[str] = []

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "decision_id": "dec_01k9q3v7w8e5rtx2m4n6p8q0sc",
                    "contact_id": "con_01k9q3v7w8e5rtx2m4n6p8q0sa",
                    "journey_id": "jrn_01k9q3v7w8e5rtx2m4n6p8q0sd",
                    "journey_name": "Welcome",
                    "journey_version": 1,
                    "observation_id": "obs_01k9q3v7w8e5rtx2m4n6p8q0sb",
                    "acted": True,
                    "actions": ["act_01k9q3v7w8e5rtx2m4n6p8q0se"],
                }
            ]
        }
    }


ACTION_EXAMPLE: dict[str, Any] = {
    "action_id": "act_01k9q3v7w8e5rtx2m4n6p8q0se",
    "contact_id": "con_01k9q3v7w8e5rtx2m4n6p8q0sa",
    "journey_id": "jrn_01k9q3v7w8e5rtx2m4n6p8q0sd",
    "decision_id": "dec_01k9q3v7w8e5rtx2m4n6p8q0sc",
    "kind": "email",
    "name": "welcome",
}


class OfAction(BaseModel):
    """Which action a fact is about, and where that came from."""

    action_id: str
    contact_id: str
    journey_id: str
    decision_id: str
    kind: ActionKind
    name: str


class ActionSent(OfAction, Event, type="action.sent", topic="campaign-actions", key="contact_id", subject="action_id"):
    """A message was handed to the provider, which accepted it."""

    model_config = {"json_schema_extra": {"examples": [ACTION_EXAMPLE]}}


class ActionDone(OfAction, Event, type="action.done", topic="campaign-actions", key="contact_id", subject="action_id"):
    """Something other than a message was carried out: a task stands in a rep's list."""

    model_config = {"json_schema_extra": {"examples": [ACTION_EXAMPLE | {"kind": "task", "name": "call"}]}}


class ActionWithheld(
    OfAction, Event, type="action.withheld", topic="campaign-actions", key="contact_id", subject="action_id"
):
    """Planned, and at dispatch not permitted or not possible."""

    because: Cause

    model_config = {"json_schema_extra": {"examples": [ACTION_EXAMPLE | {"because": "no_consent"}]}}


class ActionFailed(
    OfAction, Event, type="action.failed", topic="campaign-actions", key="contact_id", subject="action_id"
):
    """The provider refused it for good."""

    reason: str

    model_config = {"json_schema_extra": {"examples": [ACTION_EXAMPLE | {"reason": "refused with 550"}]}}


class ActionUnknown(
    OfAction, Event, type="action.unknown", topic="campaign-actions", key="contact_id", subject="action_id"
):
    """It was begun and its outcome cannot be known: a person decides, nothing is sent again by itself."""

    reason: str

    model_config = {"json_schema_extra": {"examples": [ACTION_EXAMPLE | {"reason": "the process ended in between"}]}}


class AdMetricReported(
    Event, type="ad_metric.reported", topic="campaign-ad-metrics", key="series", subject="metric_id"
):
    """What an ad network says of one key and day, as it stands now; `sequence` counts the revisions that changed it.

    A measure that is null was not reported, which is not zero. `series` is `<channel>/<campaign>`: what stays in order.
    """

    metric_id: str
    series: str
    account: str | None = None
    channel: str
    campaign: str
    ad: str | None = None
    day: date
    dimensions: dict[str, str] = {}
    impressions: int | None = None
    clicks: int | None = None
    spend: Money | None = None
    conversions: dict[str, Decimal] = {}
    revenue: Money | None = None
    as_of: Utc

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "metric_id": "met_01k9q3v7w8e5rtx2m4n6p8q0sj",
                    "series": "search/brand",
                    "account": "main",
                    "channel": "search",
                    "campaign": "brand",
                    "ad": "708746",
                    "day": "2026-01-30",
                    "dimensions": {"age": "30-34", "gender": "M"},
                    "impressions": 7350,
                    "clicks": 12,
                    "spend": {"amount": "14.30", "currency": "EUR"},
                    "conversions": {"lead": "2", "sale": "1"},
                    "revenue": {"amount": "99.00", "currency": "EUR"},
                    "as_of": "2026-01-31T06:00:00Z",
                }
            ]
        }
    }


class ApprovalDecided(Event, type="approval.decided", topic="campaign-approvals", key="approval_id"):
    """A person said yes or no to what was proposed, or nobody did in time."""

    approval_id: str
    kind: Literal["budget"]
    outcome: Literal["approved", "rejected", "expired"]
    content_hash: str
    proposed_by: str
    decided_by: str | None = None
    suggestion_id: str | None = None

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "approval_id": "apr_01k9q3v7w8e5rtx2m4n6p8q0sk",
                    "kind": "budget",
                    "outcome": "approved",
                    "content_hash": "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
                    "proposed_by": "service:analytics",
                    "decided_by": "user:ada",
                    "suggestion_id": "adv_01k9q3v7w8e5rtx2m4n6p8q0sm",
                }
            ]
        }
    }


class BudgetChanged(Event, type="budget.changed", topic="campaign-budgets", key="series"):
    """The daily budget that a campaign is to have, as an absolute amount: set it, whatever it was before."""

    series: str
    channel: str
    campaign: str
    daily_budget: Money
    approval_id: str

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "series": "search/brand",
                    "channel": "search",
                    "campaign": "brand",
                    "daily_budget": {"amount": "80.00", "currency": "EUR"},
                    "approval_id": "apr_01k9q3v7w8e5rtx2m4n6p8q0sk",
                }
            ]
        }
    }
