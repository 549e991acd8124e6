"""A verdict says what it rests on: every condition, with its value and its truth."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.campaign_svc.journeys.definitions import Definition
from services.campaign_svc.journeys.engine import decide
from shared.events import MAX_DEPTH

CALL = {"kind": "task", "name": "call", "title": "Call"}
WRITE = {"kind": "email", "name": "write", "template": "welcome", "purpose": "marketing"}


def journey(*rules: dict[str, Any], actions: list[dict[str, Any]] | None = None) -> Definition:
    return Definition.model_validate(
        {
            "name": "Follow up",
            "entry": "lead.scored",
            "when": {"combinator": "and", "rules": list(rules)},
            "repeat": "once",
            "actions": actions or [CALL, WRITE],
        }
    )


GRADE_A = {"field": "grade", "operator": "=", "value": "A"}
GERMAN = {"field": "country", "operator": "=", "value": "DE"}


def test_it_acts_where_all_conditions_hold() -> None:
    verdict = decide(journey(GRADE_A, GERMAN), {"grade": "A", "country": "DE"}, set(), 1)
    assert (verdict.acted, verdict.cause) == (True, None)
    assert [action.name for action in verdict.actions] == ["call", "write"]


def test_every_condition_is_shown_with_its_value_and_truth_also_after_a_false_one() -> None:
    verdict = decide(journey(GRADE_A, GERMAN), {"grade": "B", "country": "DE"}, set(), 1)
    assert (verdict.acted, verdict.cause, verdict.actions) == (False, "condition_false", ())
    shown = verdict.trace.as_json()["rules"]
    assert [(rule["field"], rule["actual"], rule["truth"]) for rule in shown] == [
        ("grade", "B", False),
        ("country", "DE", True),
    ]


def test_what_was_done_is_left_out_and_nothing_left_is_no_act() -> None:
    some = decide(journey(GRADE_A), {"grade": "A"}, {"call"}, 1)
    assert [action.name for action in some.actions] == ["write"]
    none = decide(journey(GRADE_A), {"grade": "A"}, {"call", "write", "other"}, 1)
    assert (none.acted, none.cause) == (False, "already_done")


def test_a_chain_of_facts_ends_at_the_depth_limit() -> None:
    assert decide(journey(GRADE_A), {"grade": "A"}, set(), MAX_DEPTH - 1).acted
    stopped = decide(journey(GRADE_A), {"grade": "A"}, set(), MAX_DEPTH)
    assert (stopped.acted, stopped.cause, stopped.actions) == (False, "loop_depth", ())


@given(st.sampled_from("ABC"), st.sets(st.sampled_from(["call", "write"])), st.integers(0, 20))
def test_it_acts_or_says_why_not_and_never_both(grade: str, done: set[str], depth: int) -> None:
    verdict = decide(journey(GRADE_A), {"grade": grade}, done, depth)
    assert verdict.acted == (verdict.cause is None) == bool(verdict.actions)
    assert not {action.name for action in verdict.actions} & done
