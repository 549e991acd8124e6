"""Conditions: a typed tree, its meaning, and the trace that says why. Pure: facts in, truth and reasons out.

The meaning is two-valued, so that Python and SQL give one answer. A value is *absent* when the fact is missing or null.

* A rule about an absent value is **false**, also `!=`, `notIn`, `doesNotContain`, `notBetween`; only `null` is true.
* `not` on a group turns its truth round: `not (country = DE)` is true for an absent country, `country != DE` is false.
* A value of another type than the rule compares with (a text with a number) is false in the same way.
* Text: `=` `!=` `in` `notIn` compare exactly; `contains` `doesNotContain` `beginsWith` `endsWith` ignore the case of
  A-Z (SQL: `lower(... COLLATE "C")`), no other letter's. On a list of texts `contains` means: is one of them.
* `<` `<=` `>` `>=` `between` compare numbers, or moments (aware times, RFC 3339). `between` includes both ends.
* A group without rules is true, and only the root may be one (it means: always).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from shared.conditions.fields import FieldType, check
from shared.conditions.tree import ALWAYS, Group, Operator, Rule, rules_in
from shared.types import rfc3339, zulu

__all__ = ["ALWAYS", "FieldType", "Group", "GroupTrace", "Operator", "Rule", "RuleTrace", "Trace", "check"]
__all__ += ["evaluate", "rules_in"]


@dataclass(frozen=True, slots=True)
class RuleTrace:
    """What a rule asked for, what was there, and whether it held."""

    field: str
    operator: Operator
    value: Any
    actual: Any
    truth: bool

    def as_json(self) -> dict[str, Any]:
        actual = _as_json(self.actual)
        return {
            "field": self.field,
            "operator": self.operator,
            "value": self.value,
            "actual": actual,
            "truth": self.truth,
        }


@dataclass(frozen=True, slots=True)
class GroupTrace:
    """The outcome of a group, after its `not`, and of each part: all are looked at, none is skipped."""

    combinator: str
    negated: bool
    truth: bool
    rules: tuple["Trace", ...]

    def as_json(self) -> dict[str, Any]:
        rules = [part.as_json() for part in self.rules]
        return {"combinator": self.combinator, "not": self.negated, "truth": self.truth, "rules": rules}


Trace = RuleTrace | GroupTrace


def evaluate(tree: Group, facts: Mapping[str, Any]) -> GroupTrace:
    """Never raises on a tree that `check` accepted. `a.b` finds `facts["a.b"]`, else `facts["a"]["b"]`."""
    parts = tuple(evaluate(part, facts) if isinstance(part, Group) else _judge(part, facts) for part in tree.rules)
    truths = [part.truth for part in parts]
    holds = (all(truths) if tree.combinator == "and" else any(truths)) or not parts
    return GroupTrace(tree.combinator, tree.negated, holds is not tree.negated, parts)


def _judge(rule: Rule, facts: Mapping[str, Any]) -> RuleTrace:
    actual = _find(rule.field, facts)
    truth = rule.operator == "null" if actual is None else _MEANING[rule.operator](actual, rule.value)
    return RuleTrace(rule.field, rule.operator, rule.value, actual, truth)


def _find(field: str, facts: Mapping[str, Any]) -> Any:
    if field in facts:
        return facts[field]
    head, dot, rest = field.partition(".")
    inner = facts.get(head) if dot else None
    return _find(rest, inner) if isinstance(inner, Mapping) else None


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float | Decimal) and _is_finite(value)):
        return "number"
    return "text" if isinstance(value, str) else "other"


def _is_finite(value: float | Decimal) -> bool:
    """`math.isfinite` raises for a signalling NaN."""
    return value.is_finite() if isinstance(value, Decimal) else isfinite(value)


def _comparable(actual: Any, wanted: Any) -> bool:
    return (kind := _kind(actual)) == _kind(wanted) and kind != "other"


def _equal(actual: Any, wanted: Any) -> bool:
    return _comparable(actual, wanted) and bool(actual == wanted)


def _unequal(actual: Any, wanted: Any) -> bool:
    return _comparable(actual, wanted) and bool(actual != wanted)


def _among(actual: Any, wanted: Any) -> bool:
    return any(_equal(actual, one) for one in wanted)


def _not_among(actual: Any, wanted: Any) -> bool:
    """False, too, where nothing in the list is comparable with it."""
    return any(_comparable(actual, one) for one in wanted) and not _among(actual, wanted)


def _lower(text: str) -> str:
    """Only A-Z: what other letters become depends on the database and its version."""
    return text.lower() if text.isascii() else "".join(c.lower() if c.isascii() else c for c in text)


def _texts(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def compare(actual: Any, wanted: Any) -> bool:
        if not isinstance(actual, str) or not isinstance(wanted, str):
            return False
        return test(_lower(actual), _lower(wanted))

    return compare


_LISTS = (list, tuple, set, frozenset)
_holds_text = _texts(lambda actual, wanted: wanted in actual)
_lacks_text = _texts(lambda actual, wanted: wanted not in actual)


def _contains(actual: Any, wanted: Any) -> bool:
    return _among(wanted, actual) if isinstance(actual, _LISTS) else _holds_text(actual, wanted)


def _lacks(actual: Any, wanted: Any) -> bool:
    return not _among(wanted, actual) if isinstance(actual, _LISTS) else _lacks_text(actual, wanted)


def _order(actual: Any, wanted: Any) -> int | None:
    """-1, 0 or 1; None where they cannot be compared."""
    if _kind(actual) != "number" or _kind(wanted) != "number":
        actual, wanted = _moment(actual), _moment(wanted)
    if actual is None or wanted is None:
        return None
    return int(actual > wanted) - int(actual < wanted)


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value if value.utcoffset() is not None else None
    try:
        return rfc3339(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _between(actual: Any, wanted: Any) -> bool:
    low, high = (_order(actual, end) for end in wanted)
    return low is not None and high is not None and low >= 0 >= high


def _not_between(actual: Any, wanted: Any) -> bool:
    low, high = (_order(actual, end) for end in wanted)
    return low is not None and high is not None and not low >= 0 >= high


def _as_json(actual: Any) -> Any:
    if isinstance(actual, datetime):
        return zulu(actual) if actual.utcoffset() is not None else actual.isoformat()
    if isinstance(actual, Decimal) or (isinstance(actual, float) and not isfinite(actual)):
        return str(actual)  # JSON knows no exact decimals and no NaN
    return sorted(actual) if isinstance(actual, set | frozenset) else actual


_MEANING: dict[Operator, Callable[[Any, Any], bool]] = {
    "=": _equal,
    "!=": _unequal,
    "<": lambda actual, wanted: _order(actual, wanted) == -1,
    "<=": lambda actual, wanted: _order(actual, wanted) in (-1, 0),
    ">": lambda actual, wanted: _order(actual, wanted) == 1,
    ">=": lambda actual, wanted: _order(actual, wanted) in (0, 1),
    "contains": _contains,
    "doesNotContain": _lacks,
    "beginsWith": _texts(str.startswith),
    "endsWith": _texts(str.endswith),
    "in": _among,
    "notIn": _not_among,
    "between": _between,
    "notBetween": _not_between,
    "null": lambda actual, wanted: False,
    "notNull": lambda actual, wanted: True,
}
