"""A tree that does not fit the catalogue of fields is refused, all its faults at once, each with a pointer."""

from typing import Any

import pytest

from shared.conditions import ALWAYS, FieldType, Group, check
from shared.problems import Problem

FIELDS = {
    "country": FieldType("text"),
    "grade": FieldType("text", choices=frozenset("ABC")),
    "score": FieldType("number"),
    "created": FieldType("boolean"),
    "seen_at": FieldType("time"),
    "consent": FieldType("texts"),
    "email": FieldType("text", operators=frozenset({"null", "notNull"})),
    "attributes.*": FieldType("scalar"),
}


def tree(combinator: str, *rules: Any, negated: bool = False) -> Group:
    return Group.model_validate({"combinator": combinator, "not": negated, "rules": list(rules)})


@pytest.mark.parametrize(
    ("rule", "pointer"),
    [
        ({"field": "shoe_size", "operator": "=", "value": 1}, "/field"),
        ({"field": "score", "operator": "contains", "value": "7"}, "/operator"),
        ({"field": "email", "operator": "=", "value": "a@b.example"}, "/operator"),
        ({"field": "score", "operator": "=", "value": "75"}, "/value"),
        ({"field": "score", "operator": "=", "value": True}, "/value"),
        ({"field": "score", "operator": "between", "value": [1]}, "/value"),
        ({"field": "score", "operator": "in", "value": []}, "/value"),
        ({"field": "score", "operator": "in", "value": 1}, "/value"),
        ({"field": "country", "operator": "=", "value": None}, "/value"),
        ({"field": "grade", "operator": "in", "value": ["A", "D"]}, "/value"),
        ({"field": "created", "operator": "=", "value": "true"}, "/value"),
        ({"field": "seen_at", "operator": ">", "value": "yesterday"}, "/value"),
        ({"field": "seen_at", "operator": "=", "value": "2026-01-31T09:30:00Z"}, "/operator"),
        ({"field": "attributes.plan", "operator": "contains", "value": 3}, "/value"),
    ],
)
def test_a_rule_that_does_not_fit_the_catalogue_is_refused_with_a_pointer(rule: dict[str, Any], pointer: str) -> None:
    good = {"field": "country", "operator": "=", "value": "DE"}
    with pytest.raises(Problem) as refused:
        check(tree("and", good, {"combinator": "or", "rules": [rule]}), FIELDS, at="/when")
    assert refused.value.status == 422
    assert [error.pointer for error in refused.value.errors] == ["/when/rules/1/rules/0" + pointer]


def test_an_empty_group_inside_a_tree_is_refused() -> None:
    check(ALWAYS, FIELDS)
    with pytest.raises(Problem) as refused:
        check(tree("or", {"combinator": "and", "rules": []}), FIELDS)
    assert refused.value.errors[0].pointer == "/rules/0/rules"


def test_all_faults_are_told_at_once_and_none_repeats_a_value() -> None:
    bad = {"field": "score", "operator": "=", "value": "canary"}
    with pytest.raises(Problem) as refused:
        check(tree("and", bad, bad, {"field": "canary", "operator": "null"}), FIELDS)
    assert len(refused.value.errors) == 3
    assert not any("canary" in error.detail for error in refused.value.errors)
