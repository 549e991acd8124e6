"""The decision. Pure: a journey, the facts, what the contact had already; out comes a verdict, and why."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from services.campaign_svc.journeys.definitions import AnyAction, Definition
from shared.conditions import GroupTrace, evaluate
from shared.contracts.campaign import Cause
from shared.events import MAX_DEPTH


@dataclass(frozen=True, slots=True)
class Verdict:
    """To act, or not to act and why. `actions` are those that are still to be done; none where it does not act."""

    acted: bool
    cause: Cause | None
    trace: GroupTrace
    actions: tuple[AnyAction, ...]


def decide(journey: Definition, facts: Mapping[str, Any], already_done: AbstractSet[str], depth: int) -> Verdict:
    """`already_done` names the actions that this occasion was served by. `depth` is that of the entry event."""
    trace = evaluate(journey.when, facts)
    left = tuple(action for action in journey.actions if action.name not in already_done)
    cause = _cause(trace.truth, depth, bool(left))
    return Verdict(cause is None, cause, trace, left if cause is None else ())


def _cause(truth: bool, depth: int, something_left: bool) -> Cause | None:
    if not truth:
        return "condition_false"
    if depth >= MAX_DEPTH:
        return "loop_depth"
    return None if something_left else "already_done"
