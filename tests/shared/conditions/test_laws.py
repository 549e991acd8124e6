"""The laws that every condition keeps, on random trees and random facts."""

import json
from datetime import UTC
from decimal import Decimal
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from shared.conditions import FieldType, Group, GroupTrace, Rule, check, evaluate

FIELDS = {
    "country": FieldType("text"),
    "score": FieldType("number"),
    "created": FieldType("boolean"),
    "seen_at": FieldType("time"),
    "consent": FieldType("texts"),
    "attributes.*": FieldType("scalar"),
}
TEXTS = st.sampled_from(["", "a", "A", "DE", "é", "2026-01-31T09:30:00Z"])
NUMBERS = st.integers(-3, 3) | st.sampled_from([0.5, 75, -0.0])
TIMES = st.sampled_from(["2026-01-31T09:30:00Z", "2026-01-31T10:30:00+01:00", "2025-01-01T00:00:00.5Z"])


def rules_about(field: str, operators: list[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Rule]:
    def valued(operator: str) -> st.SearchStrategy[Rule]:
        several = st.lists(values, min_size=2, max_size=2)
        value = st.none() if operator.lower().endswith("null") else values
        value = several if operator in ("in", "notIn", "between", "notBetween") else value
        return value.map(lambda v: Rule.model_validate({"field": field, "operator": operator, "value": v}))

    return st.sampled_from(operators).flatmap(valued)


EQUAL, ORDER, NULL = ["=", "!=", "in", "notIn"], ["<", "<=", ">", ">=", "between", "notBetween"], ["null", "notNull"]
PART = ["contains", "doesNotContain", "beginsWith", "endsWith"]
RULES = st.one_of(
    rules_about("country", [*EQUAL, *PART, *NULL], TEXTS),
    rules_about("score", [*EQUAL, *ORDER, *NULL], NUMBERS),
    rules_about("created", ["=", "!=", *NULL], st.booleans()),
    rules_about("seen_at", [*ORDER, *NULL], TIMES),
    rules_about("consent", ["contains", "doesNotContain", *NULL], TEXTS),
    rules_about("attributes.x", EQUAL, TEXTS | NUMBERS | st.booleans()),
    rules_about("attributes.x", ORDER, NUMBERS | TIMES),
)


def groups(parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Group]:
    return st.builds(
        lambda combinator, negated, rules: Group(combinator=combinator, negated=negated, rules=rules),
        st.sampled_from(["and", "or"]),
        st.booleans(),
        st.lists(parts, min_size=1, max_size=4),
    )


TREES = groups(st.recursive(RULES, groups, max_leaves=12))
MOMENTS = st.datetimes() | st.datetimes(timezones=st.just(UTC))
LISTS: st.SearchStrategy[Any] = st.lists(TEXTS) | st.dictionaries(st.just("x"), TEXTS | NUMBERS) | st.binary()
ANYTHING: st.SearchStrategy[Any] = st.one_of(st.none(), st.booleans(), TEXTS, NUMBERS, st.floats(), st.decimals())
ANYTHING = st.one_of(ANYTHING, MOMENTS, LISTS)
SOME_FACTS = st.dictionaries(
    st.sampled_from(["country", "score", "created", "seen_at", "consent", "attributes"]), ANYTHING
)


def swapped(group: Group) -> Group:
    """De Morgan: the other combinator, each part turned round, the outcome turned round."""
    other = "or" if group.combinator == "and" else "and"
    parts = [
        negation(part if isinstance(part, Group) else Group(combinator="and", rules=[part])) for part in group.rules
    ]
    return Group(combinator=other, negated=not group.negated, rules=parts)


def negation(group: Group) -> Group:
    return group.model_copy(update={"negated": not group.negated})


@given(TREES, SOME_FACTS)
@example(Group(combinator="and", rules=[Rule(field="score", operator="=", value=1)]), {"score": Decimal("sNaN")})
def test_a_checked_tree_never_raises_and_keeps_the_laws_of_logic(asked: Group, facts: dict[str, Any]) -> None:
    check(asked, FIELDS)
    truth = evaluate(asked, facts).truth
    assert evaluate(negation(asked), facts).truth is not truth
    assert evaluate(swapped(asked), facts).truth is truth


@given(TREES, SOME_FACTS)
def test_a_tree_survives_json_and_means_the_same(asked: Group, facts: dict[str, Any]) -> None:
    again = Group.model_validate_json(asked.model_dump_json())
    assert again == asked
    assert json.loads(asked.model_dump_json()).keys() == {"combinator", "not", "rules"}
    assert evaluate(again, facts).truth == evaluate(asked, facts).truth


@given(TREES, SOME_FACTS)
def test_the_trace_adds_up_to_the_truth(asked: Group, facts: dict[str, Any]) -> None:
    def adds_up(trace: GroupTrace) -> bool:
        parts = [part.truth for part in trace.rules]
        inner = all(adds_up(part) for part in trace.rules if isinstance(part, GroupTrace))
        return inner and trace.truth is ((all(parts) if trace.combinator == "and" else any(parts)) is not trace.negated)

    assert adds_up(evaluate(asked, facts))
