"""A condition as data: the tree that query-builder widgets emit (react-querybuilder), and nothing that runs.

`{"combinator": "and", "not": false, "rules": [{"field": "country", "operator": "=", "value": "DE"}, ...]}`. The `id`
and `valueSource` that a widget keeps for itself are dropped; lists come as JSON lists (its option `listsAsArrays`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

MAX_DEPTH = 8
MAX_RULES = 200
MAX_LIST = 1000
MAX_TEXT = 500
MAX_NUMBER = 2**53
"""Beyond it Python, JSON readers and the databases do not agree about which number is meant."""

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")

Operator = Literal[
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "contains",
    "beginsWith",
    "endsWith",
    "doesNotContain",
    "in",
    "notIn",
    "between",
    "notBetween",
    "null",
    "notNull",
]


def _value(value: Any) -> Any:
    items = value if isinstance(value, list) else [value]
    if len(items) > MAX_LIST or not all(item is None or _is_plain(item) for item in items):
        raise PydanticCustomError(
            "condition_value", f"must be a text, a number, true or false, or a list of at most {MAX_LIST} of these"
        )
    return value


def _is_plain(item: Any) -> bool:
    if isinstance(item, str):
        return len(item) <= MAX_TEXT and not _UNSTORABLE.search(item)
    return isinstance(item, int | float) and abs(item) <= MAX_NUMBER  # which NaN is not


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, serialize_by_alias=True)

    @model_validator(mode="before")
    @classmethod
    def _without_widget_state(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {k: v for k, v in given.items() if k != "id" and (k, v) != ("valueSource", "value")}


class Rule(_Part):
    """One comparison. `value` is a list for `in`, `notIn`, `between`, `notBetween`, unused for `null`, `notNull`."""

    field: Annotated[str, Field(min_length=1, max_length=200)]
    operator: Operator
    value: Annotated[Any, BeforeValidator(_value)] = None


def _node(given: Any) -> Any:
    """A rule or a group, told apart by `rules`, so that an error points into the tree and not into a union."""
    if isinstance(given, Rule | Group):
        return given
    if not isinstance(given, dict):
        raise PydanticCustomError("condition", "must be a rule or a group of rules")
    return Group.model_validate(given) if "rules" in given else Rule.model_validate(given)


class Group(_Part):
    """Rules that must all hold (`and`), or one of them (`or`); `not` turns the outcome round. Without rules: always."""

    combinator: Literal["and", "or"]
    negated: bool = Field(False, alias="not", strict=True)
    rules: list[Annotated[Rule | Group, BeforeValidator(_node)]]

    @model_validator(mode="before")
    @classmethod
    def _bounded(cls, given: Any) -> Any:
        """Before anything recurses: a tree of thousands of levels must not cost thousands of frames."""
        level, count = [given], 0
        for _ in range(MAX_DEPTH + 1):
            level = [rule for group in level for rule in _rules_of(group)]
            count += len(level)
            if count > MAX_RULES:
                raise PydanticCustomError("condition_size", f"must have at most {MAX_RULES} rules and groups")
            if not level:
                return given
        raise PydanticCustomError("condition_depth", f"must have at most {MAX_DEPTH} levels of groups")


def _rules_of(given: Any) -> list[Any]:
    rules = given.get("rules") if isinstance(given, dict) else getattr(given, "rules", None)
    return rules if isinstance(rules, list) else []


def rules_in(tree: Group) -> Iterator[Rule]:
    """Every rule of the tree, in the order they are read."""
    for part in tree.rules:
        if isinstance(part, Group):
            yield from rules_in(part)
        else:
            yield part


ALWAYS = Group(combinator="and", rules=[])
