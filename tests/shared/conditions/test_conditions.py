"""What a condition means, that its trace says why, and what is no tree at all."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from shared.conditions import ALWAYS, Group, evaluate, rules_in

FACTS: dict[str, Any] = {
    "country": "DE",
    "grade": "A",
    "score": 75,
    "created": True,
    "seen_at": "2026-01-31T09:30:00.000Z",
    "consent": ["marketing:email"],
    "attributes": {"plan": "Pro", "seats": 5, "trial": False},
    "job_title": "Head of Marketing",
}


def holds(field: str, operator: str, value: Any = None, facts: dict[str, Any] = FACTS) -> bool:
    return evaluate(tree("and", {"field": field, "operator": operator, "value": value}), facts).truth


def tree(combinator: str, *rules: Any, negated: bool = False) -> Group:
    return Group.model_validate({"combinator": combinator, "not": negated, "rules": list(rules)})


@pytest.mark.parametrize(
    ("field", "operator", "value", "truth"),
    [
        ("country", "=", "DE", True),
        ("country", "=", "de", False),
        ("country", "!=", "FR", True),
        ("country", "in", ["FR", "DE"], True),
        ("country", "notIn", ["FR", "DE"], False),
        ("country", "notIn", ["FR"], True),
        ("country", "null", None, False),
        ("country", "notNull", None, True),
        ("score", ">=", 75, True),
        ("score", ">", 75, False),
        ("score", "<", 75.5, True),
        ("score", "<=", 74, False),
        ("score", "=", 75.0, True),
        ("score", "between", [75, 80], True),
        ("score", "between", [80, 75], False),
        ("score", "notBetween", [1, 2], True),
        ("score", "notBetween", [75, 80], False),
        ("score", "=", "75", False),
        ("score", "!=", "75", False),
        ("created", "=", True, True),
        ("created", "=", 1, False),
        ("seen_at", ">", "2026-01-31T10:00:00+01:00", True),
        ("seen_at", "between", ["2026-01-31T09:30:00Z", "2026-02-01T00:00:00Z"], True),
        ("consent", "contains", "marketing:email", True),
        ("consent", "contains", "marketing", False),
        ("consent", "doesNotContain", "marketing:sms", True),
        ("job_title", "contains", "MARKETING", True),
        ("job_title", "doesNotContain", "sales", True),
        ("job_title", "beginsWith", "head", True),
        ("job_title", "endsWith", "marketing", True),
        ("attributes.plan", "=", "Pro", True),
        ("attributes.seats", ">", 3, True),
        ("attributes.trial", "=", False, True),
        ("attributes.nothing", "null", None, True),
    ],
)
def test_each_operator_means_what_it_says(field: str, operator: str, value: Any, truth: bool) -> None:
    assert holds(field, operator, value) is truth


@pytest.mark.parametrize("facts", [{}, {"x": None}])
@pytest.mark.parametrize(
    ("operator", "value"),
    [
        *((operator, "a") for operator in ("=", "!=", "contains", "doesNotContain", "beginsWith", "endsWith")),
        *((operator, 1) for operator in ("<", "<=", ">", ">=")),
        *((operator, [1, 2]) for operator in ("in", "notIn", "between", "notBetween")),
        ("notNull", None),
    ],
)
def test_every_rule_about_an_absent_value_is_false_but_null(facts: dict[str, Any], operator: str, value: Any) -> None:
    assert not holds("x", operator, value, facts)
    assert holds("x", "null", None, facts)


def test_not_turns_the_group_round_also_where_a_value_is_absent() -> None:
    german = {"field": "country", "operator": "=", "value": "DE"}
    assert evaluate(tree("and", german, negated=True), {}).truth
    assert not holds("country", "!=", "DE", {})


def test_and_wants_all_and_or_wants_one() -> None:
    yes, no = ({"field": "score", "operator": ">", "value": limit} for limit in (1, 99))
    assert evaluate(tree("or", yes, no), FACTS).truth
    assert not evaluate(tree("and", yes, no), FACTS).truth


def test_a_root_without_rules_is_always_true() -> None:
    assert evaluate(ALWAYS, {}).truth
    assert evaluate(tree("or"), {}).truth


def test_only_a_to_z_lose_their_case() -> None:
    assert holds("t", "contains", "STRASSE", {"t": "hauptstrasse"})
    assert not holds("t", "contains", "É", {"t": "café"})
    assert holds("t", "endsWith", "FÉ", {"t": "caFÉ"})


def test_numbers_of_every_type_are_compared_exactly() -> None:
    assert holds("n", "=", 0.5, {"n": Decimal("0.5")})
    assert holds("n", ">", 2**53, {"n": 2**53 + 1})
    assert not holds("n", "<", 1, {"n": float("nan")})
    assert not holds("n", ">", 1, {"n": float("inf")})


def test_a_moment_without_offset_is_not_compared() -> None:
    assert holds("t", ">", "2026-01-01T00:00:00Z", {"t": datetime(2026, 1, 2, tzinfo=UTC)})
    assert not holds("t", ">", "2026-01-01T00:00:00Z", {"t": datetime(2026, 1, 2)})


def test_the_trace_shows_every_rule_with_what_was_there() -> None:
    asked = tree(
        "or",
        {"field": "grade", "operator": "=", "value": "A"},
        {"combinator": "and", "not": True, "rules": [{"field": "industry", "operator": "=", "value": "steel"}]},
    )
    assert evaluate(asked, FACTS).as_json() == {
        "combinator": "or",
        "not": False,
        "truth": True,
        "rules": [
            {"field": "grade", "operator": "=", "value": "A", "actual": "A", "truth": True},
            {
                "combinator": "and",
                "not": True,
                "truth": True,
                "rules": [{"field": "industry", "operator": "=", "value": "steel", "actual": None, "truth": False}],
            },
        ],
    }


def test_the_trace_is_json_whatever_the_facts() -> None:
    facts = {"a": datetime(2026, 1, 1, tzinfo=UTC), "b": Decimal("1.50"), "c": {"y", "x"}, "d": datetime(2026, 1, 1)}
    facts["e"] = float("nan")
    asked = tree("and", *({"field": name, "operator": "notNull"} for name in facts))
    actual = [rule["actual"] for rule in json.loads(json.dumps(evaluate(asked, facts).as_json()))["rules"]]
    assert actual == ["2026-01-01T00:00:00Z", "1.50", ["x", "y"], "2026-01-01T00:00:00", "nan"]


def test_what_the_widget_keeps_for_itself_is_dropped() -> None:
    rule = {"id": "r-1", "field": "a", "operator": "=", "value": "x", "valueSource": "value"}
    assert tree("and", rule) == tree("and", {"field": "a", "operator": "=", "value": "x"})
    with pytest.raises(ValidationError):
        tree("and", rule | {"valueSource": "field"})


class Body(BaseModel):
    when: Group


@pytest.mark.parametrize(
    ("when", "loc"),
    [
        ({"combinator": "xor", "rules": []}, ("when", "combinator")),
        ({"combinator": "and", "rules": [{"field": "a", "operator": "like"}]}, ("when", "rules", 0, "operator")),
        ({"combinator": "and", "rules": [{"operator": "="}]}, ("when", "rules", 0, "field")),
        ({"combinator": "and", "rules": [7]}, ("when", "rules", 0)),
        ({"combinator": "and", "rules": [], "extra": 1}, ("when", "extra")),
        (
            {"combinator": "and", "rules": [{"combinator": "or", "rules": [{"field": "a", "operator": "?"}]}]},
            ("when", "rules", 0, "rules", 0, "operator"),
        ),
        (
            {"combinator": "and", "rules": [{"field": "a", "operator": "=", "value": {"x": 1}}]},
            ("when", "rules", 0, "value"),
        ),
        (
            {"combinator": "and", "rules": [{"field": "a", "operator": "=", "value": float("nan")}]},
            ("when", "rules", 0, "value"),
        ),
        (
            {"combinator": "and", "rules": [{"field": "a", "operator": "=", "value": 2**64}]},
            ("when", "rules", 0, "value"),
        ),
        (
            {"combinator": "and", "rules": [{"field": "a", "operator": "=", "value": "\ud800"}]},
            ("when", "rules", 0, "value"),
        ),
    ],
)
def test_what_is_no_tree_is_refused_where_it_is_wrong(when: dict[str, Any], loc: tuple[str | int, ...]) -> None:
    with pytest.raises(ValidationError) as refused:
        Body.model_validate({"when": when})
    assert [error["loc"] for error in refused.value.errors()] == [loc]


def nested(levels: int) -> dict[str, Any]:
    inner: dict[str, Any] = {"field": "a", "operator": "null"}
    for _ in range(levels):
        inner = {"combinator": "and", "rules": [inner]}
    return inner


def test_depth_and_size_are_bounded() -> None:
    assert evaluate(Group.model_validate(nested(8)), {}).truth
    for levels in (9, 5_000):
        with pytest.raises(ValidationError, match="levels of groups"):
            Group.model_validate(nested(levels))
    rule = {"field": "a", "operator": "null"}
    assert len(list(rules_in(tree("and", *[rule] * 200)))) == 200
    with pytest.raises(ValidationError, match="at most 200"):
        tree("and", *[rule] * 201)


def test_the_schema_shows_rules_and_groups() -> None:
    schema = Group.model_json_schema()
    assert {"combinator", "not", "rules"} == set(schema["$defs"]["Group"]["properties"])
    assert {"field", "operator", "value"} == set(schema["$defs"]["Rule"]["properties"])
