"""How an action ends: its state changes once, and the fact of it leaves in the same transaction."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, update
from sqlmodel import col, select

from services.campaign_svc.delivery import metrics
from services.campaign_svc.delivery.models import Action, ActionOut, ResolutionIn, State, actions
from services.campaign_svc.tasks.planning import task_for
from shared.contracts.campaign import ActionDone, ActionFailed, ActionSent, ActionUnknown, ActionWithheld
from shared.database import Tx
from shared.due import Outcome, Result, Work
from shared.events import Event
from shared.problems import conflict, not_found
from shared.web import refuse_stale

# Built once: to build it costs as much as to run it, and it runs for every message.
END_ONCE = (
    update(actions)
    .where(actions.c.id == bindparam("action"), actions.c.state == "waiting")
    .values(
        state=bindparam("to"),
        because=bindparam("cause"),
        detail=bindparam("said"),
        settled_at=bindparam("now"),
        version=actions.c.version + 1,
    )
    .returning(*actions.c)
)

OF_ACTION = ("about", "contact_id", "journey_id", "decision_id", "kind", "name")
ENDS = {Outcome.REFUSED: "failed", Outcome.UNKNOWN: "unknown"}


def settle(tx: Tx, work: Work, result: Result) -> None:
    """An action that is no longer waiting stays as it is: whoever comes second changes nothing and says nothing."""
    state = ENDS.get(result.outcome) or str(result.facts["state"])
    action = _ended(tx, work.key, state, result)
    if action is None:
        return
    if state == "done":
        task_for(tx, action)
    metrics.ended(tx, action["kind"], state, action["occasion"], action["planned_at"])
    tx.emit(_fact(tx, action, cause=work.cause, depth=work.depth, traceparent=work.traceparent))


def resolve(tx: Tx, action_id: str, resolution: ResolutionIn, expected: int | None) -> ActionOut:
    """A person's word ends what could not be known. Raises Problem 404, 409 where it is known, 412."""
    action = _held(tx, action_id)
    if action is None:
        raise not_found("action")
    refuse_stale(expected, action.version)
    if action.state != "unknown":
        raise conflict(f"Only an unknown action can be resolved, and this one is {action.state}.")
    _resolved(tx, action, resolution.outcome, resolution.note)
    return ActionOut.of(action)


def delivered_after_all(tx: Tx, action_id: str) -> None:
    """What had failed is sent, since a person had it sent again and it was accepted."""
    action = _held(tx, action_id)
    if action is not None and action.state == "failed":
        action.detail = None
        _resolved(tx, action, "sent", "It was delivered by hand.")


def _held(tx: Tx, action_id: str) -> Action | None:
    return tx.session.exec(select(Action).where(col(Action.id) == action_id).with_for_update()).first()


def _resolved(tx: Tx, action: Action, state: State, note: str) -> None:
    action.state, action.note = state, note
    action.resolved_by, action.resolved_at = tx.by.subject, tx.now
    action.version += 1
    tx.session.flush()
    tx.emit(_fact(tx, action.model_dump(), cause=action.event_id, depth=action.depth, traceparent=tx.traceparent))


def _ended(tx: Tx, action_id: str, state: str, result: Result) -> dict[str, Any] | None:
    values = {"action": action_id, "to": state, "cause": result.facts.get("because"), "said": result.detail or None}
    ended = tx.session.execute(END_ONCE, values | {"now": tx.now}).mappings().first()
    return {**ended} if ended else None


def _fact(tx: Tx, action: Mapping[str, Any], **envelope: Any) -> Event:
    """What the state says, as a fact under the version that the change made."""
    common = {name: action[name] for name in OF_ACTION} | envelope
    common |= {"action_id": action["id"], "sequence": action["version"], "occurred_at": tx.now}
    match action["state"]:
        case "sent":
            return ActionSent(**common)
        case "done":
            return ActionDone(**common)
        case "withheld":
            return ActionWithheld(**common, because=action["because"])
        case "failed":
            return ActionFailed(**common, reason=_reason(action))
        case _:
            return ActionUnknown(**common, reason=_reason(action))


def _reason(action: Mapping[str, Any]) -> str:
    """A person's note stays here: it may hold what facts must not."""
    return "a person found it was not sent" if action["resolved_at"] else action["detail"] or "no reason was given"
