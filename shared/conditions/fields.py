"""What conditions may be about: a catalogue of fields with their types, and the check of a tree against it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from shared.conditions.tree import Group, Rule
from shared.problems import FieldError, invalid_fields
from shared.types import rfc3339

Kind = Literal["text", "number", "boolean", "time", "texts", "scalar"]

_EQUAL = frozenset({"=", "!=", "in", "notIn"})
_ORDER = frozenset({"<", "<=", ">", ">=", "between", "notBetween"})
_PART = frozenset({"contains", "doesNotContain", "beginsWith", "endsWith"})
_ABSENT = frozenset({"null", "notNull"})
_OPERATORS: dict[Kind, frozenset[str]] = {
    "text": _EQUAL | _PART | _ABSENT,
    "number": _EQUAL | _ORDER | _ABSENT,
    "boolean": frozenset({"=", "!="}) | _ABSENT,
    "time": _ORDER | _ABSENT,  # equal to the microsecond is never what is meant
    "texts": frozenset({"contains", "doesNotContain"}) | _ABSENT,
    "scalar": _EQUAL | _ORDER | _PART | _ABSENT,
}
_LISTS = frozenset({"in", "notIn", "between", "notBetween"})
_WANTED: dict[Kind, str] = {
    "text": "a text",
    "number": "a number",
    "boolean": "true or false",
    "time": "an RFC 3339 time such as 2026-01-31T09:30:00Z",
    "texts": "a text",
    "scalar": "a text, a number, true or false",
}


@dataclass(frozen=True, slots=True)
class FieldType:
    """`texts` is a list of texts; `scalar` may be text, number or boolean, as free attributes are.

    `choices` are the only texts it can be; `operators` narrows those of its kind (a sealed field knows only `null`).
    """

    kind: Kind
    choices: frozenset[str] = frozenset()
    operators: frozenset[str] | None = None

    def allows(self, operator: str) -> bool:
        return operator in _OPERATORS[self.kind] and (self.operators is None or operator in self.operators)


def check(tree: Group, fields: Mapping[str, FieldType], at: str = "") -> None:
    """Raises Problem 422 with all faults, each with a pointer into the tree after `at`. `utm.*` covers `utm.a`."""
    if faults := list(_faults(tree, fields, at)):
        raise invalid_fields(faults)


def _faults(group: Group, fields: Mapping[str, FieldType], at: str) -> Iterator[FieldError]:
    for index, part in enumerate(group.rules):
        here = f"{at}/rules/{index}"
        if isinstance(part, Rule):
            yield from _faults_of_rule(part, fields, here)
        elif part.rules:
            yield from _faults(part, fields, here)
        else:  # true whatever the facts: inside an `or` it would let everybody in
            yield FieldError(f"{here}/rules", "empty_group", "must hold at least one rule; only the root may be empty")


def _faults_of_rule(rule: Rule, fields: Mapping[str, FieldType], here: str) -> Iterator[FieldError]:
    field = fields.get(rule.field) or fields.get(rule.field.partition(".")[0] + ".*")
    if field is None:
        yield FieldError(f"{here}/field", "unknown_field", "must be a field of the catalogue: " + _some(fields))
    elif not field.allows(rule.operator):
        allowed = sorted(operator for operator in _OPERATORS[field.kind] if field.allows(operator))
        yield FieldError(f"{here}/operator", "operator", "must be an operator of this field: " + " ".join(allowed))
    elif detail := _fault_of_value(rule, field):
        yield FieldError(f"{here}/value", "condition_value", detail)


def _some(fields: Mapping[str, FieldType]) -> str:
    names = sorted(fields)
    return ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")


def _fault_of_value(rule: Rule, field: FieldType) -> str:
    """What is wrong with the value, in words; empty where nothing is."""
    if rule.operator in _ABSENT:
        return ""
    wanted = _WANTED[field.kind]
    if rule.operator not in _LISTS:
        return "" if _fits(rule.value, rule.operator, field) else f"must be {_choice(field) or wanted}"
    two = rule.operator in ("between", "notBetween")
    if not isinstance(rule.value, list) or not rule.value or (two and len(rule.value) != 2):
        return f"must be a list of {'two' if two else 'one or more'}, each {wanted}"
    fit = all(_fits(item, rule.operator, field) for item in rule.value)
    return "" if fit else f"must be a list, each item {_choice(field) or wanted}"


def _choice(field: FieldType) -> str:
    return "one of " + ", ".join(sorted(field.choices)) if field.choices else ""


def _fits(value: Any, operator: str, field: FieldType) -> bool:
    if field.choices and operator in _EQUAL:
        return isinstance(value, str) and value in field.choices
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match field.kind:
        case "text" | "texts":
            return isinstance(value, str)
        case "number":
            return number
        case "boolean":
            return isinstance(value, bool)
        case "time":
            return _is_time(value)
        case "scalar":
            return _fits_scalar(value, operator, number)


def _fits_scalar(value: Any, operator: str, number: bool) -> bool:
    if operator in _ORDER:
        return number or _is_time(value)
    return isinstance(value, str) or (operator in _EQUAL and (number or isinstance(value, bool)))


def _is_time(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(rfc3339(value))
    except ValueError:
        return False
