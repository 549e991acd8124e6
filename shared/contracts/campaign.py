"""What campaign_svc states: what was decided, what was done about it, and what was not, with the cause."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, model_validator

from shared.decimals import PlainDecimal
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
ActionKind = Literal["email", "task", "webhook"]


class AboutSomething(BaseModel):
    """What it is about: a contact (then `about` is the contact's id), an ad campaign such as `search/brand`, or a
    channel.
    """

    about: str
    contact_id: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _as_first_stated(cls, data: Any) -> Any:
        """The first facts were about observations of contacts only, and had neither `about` nor `occasion`."""
        if isinstance(data, dict) and "about" not in data:
            return {"about": data.get("contact_id"), "occasion": data.get("observation_id")} | data
        return data


class DecisionMade(
    AboutSomething, Event, type="decision.made", topic="campaign-decisions", key="about", subject="decision_id"
):
    """A journey decided about one occasion: to act, or not to act and why.

    The occasion is an observation of a contact, an alarm, or a change of a channel; a later revision of an alarm is
    decided about again, and nothing is planned twice for it.
    """

    decision_id: str
    journey_id: str
    journey_name: str
    journey_version: int
    occasion: str
    observation_id: str | None = None
    acted: bool
    withheld_because: Cause | None = None
    actions: list[str] = []

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "decision_id": "dec_01k9q3v7w8e5rtx2m4n6p8q0sc",
                    "about": "con_01k9q3v7w8e5rtx2m4n6p8q0sa",
                    "contact_id": "con_01k9q3v7w8e5rtx2m4n6p8q0sa",
                    "journey_id": "jrn_01k9q3v7w8e5rtx2m4n6p8q0sd",
                    "journey_name": "Welcome",
                    "journey_version": 1,
                    "occasion": "obs_01k9q3v7w8e5rtx2m4n6p8q0sb",
                    "observation_id": "obs_01k9q3v7w8e5rtx2m4n6p8q0sb",
                    "acted": True,
                    "actions": ["act_01k9q3v7w8e5rtx2m4n6p8q0se"],
                }
            ]
        }
    }


ACTION_EXAMPLE: dict[str, Any] = {
    "action_id": "act_01k9q3v7w8e5rtx2m4n6p8q0se",
    "about": "con_01k9q3v7w8e5rtx2m4n6p8q0sa",
    "contact_id": "con_01k9q3v7w8e5rtx2m4n6p8q0sa",
    "journey_id": "jrn_01k9q3v7w8e5rtx2m4n6p8q0sd",
    "decision_id": "dec_01k9q3v7w8e5rtx2m4n6p8q0sc",
    "kind": "email",
    "name": "welcome",
}


class OfAction(AboutSomething):
    """Which action a fact is about, and where that came from."""

    action_id: str
    journey_id: str
    decision_id: str
    kind: ActionKind
    name: str


class ActionSent(OfAction, Event, type="action.sent", topic="campaign-actions", key="about", subject="action_id"):
    """A message was handed to the mail server, or to the receiver of a webhook, which accepted it."""

    model_config = {"json_schema_extra": {"examples": [ACTION_EXAMPLE]}}


class ActionDone(OfAction, Event, type="action.done", topic="campaign-actions", key="about", subject="action_id"):
    """Something other than a message was carried out: a task stands in a rep's list."""

    model_config = {"json_schema_extra": {"examples": [ACTION_EXAMPLE | {"kind": "task", "name": "call"}]}}


class ActionWithheld(
    OfAction, Event, type="action.withheld", topic="campaign-actions", key="about", subject="action_id"
):
    """Planned, and at dispatch not permitted or not possible."""

    because: Cause

    model_config = {"json_schema_extra": {"examples": [ACTION_EXAMPLE | {"because": "no_consent"}]}}


class ActionFailed(OfAction, Event, type="action.failed", topic="campaign-actions", key="about", subject="action_id"):
    """The provider refused it for good."""

    reason: str

    model_config = {"json_schema_extra": {"examples": [ACTION_EXAMPLE | {"reason": "refused with 550"}]}}


class ActionUnknown(OfAction, Event, type="action.unknown", topic="campaign-actions", key="about", subject="action_id"):
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
    conversions: dict[str, PlainDecimal] = {}
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
    """A person said yes or no to what was proposed, or nobody did in time, or a newer proposal took its place."""

    approval_id: str
    kind: Literal["budget"]
    outcome: Literal["approved", "rejected", "expired", "superseded"]
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
                    "content_hash": "sha256:183f3e6ed2cb06b66be517ee1f75b01074756d726d7c2737ee2a00ac8d0b6182",
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


class CampaignKeyUsed(Event, type="campaign_key.used", topic="campaign-api-keys", key="key_id"):
    """An API key was used here: told at most once an hour for each key, to who owns the keys."""

    key_id: str

    model_config = {"json_schema_extra": {"examples": [{"key_id": "key_01k9q3v7w8e5rtx2m4n6p8q0sk"}]}}
