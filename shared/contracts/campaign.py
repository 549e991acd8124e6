"""What campaign_svc states: what was decided, what was done about it, and what was not, with the cause."""

from typing import Any, Literal

from pydantic import BaseModel

from shared.events import Event

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
