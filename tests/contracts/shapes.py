"""What one JSON Schema lets through and another does not: pure, the ground on which a break is told from a change.

What a caller sends must still be taken: `refused(old, new)`. What a caller is sent must be what it was promised:
`refused(new, old)`, the other way round.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from shared.types import LINE, LINES

Json = Mapping[str, Any]

AT_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
AT_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
EQUAL = ("pattern", "format", "multipleOf")
WITHIN = {filled: text for text, filled in (LINE.patterns, LINES.patterns)}
"""Patterns of which it is known that whatever one takes another takes too: a text that is not blank is a text."""
ALL_TYPES = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})


@dataclass(frozen=True)
class Shape:
    """A schema, and the document that its references lead into. A tolerant reader passes over unknown fields."""

    schema: Any
    document: Json
    tolerant: bool = False

    @property
    def plain(self) -> Json:
        """Its keywords, references followed."""
        found = self.schema if isinstance(self.schema, Mapping) else {"not": {}} if self.schema is False else {}
        while "$ref" in found:
            beside = {key: value for key, value in found.items() if key != "$ref"}
            found = {**_at(self.document, found["$ref"]), **beside}
        return found

    def inner(self, schema: Any) -> "Shape":
        return replace(self, schema=schema)

    @property
    def choices(self) -> list["Shape"]:
        """The shapes of which one fits; often only itself."""
        plain = self.plain
        rest = {key: value for key, value in plain.items() if key not in ("anyOf", "oneOf", "discriminator")}
        if branches := plain.get("anyOf") or plain.get("oneOf"):
            return [deeper for one in branches for deeper in self.inner({**rest, **self.inner(one).plain}).choices]
        if isinstance(types := plain.get("type"), list):
            return [self.inner({**plain, "type": one}) for one in types]
        return [self.inner(plain)]


def refused(
    wide: Shape, tight: Shape, where: str = "", seen: frozenset[tuple[str, str]] = frozenset()
) -> Iterator[str]:
    """Sentences about what `wide` lets through and `tight` does not."""
    pair = (str(wide.schema), str(tight.schema))
    if pair in seen:  # what holds itself, as a tree does
        return
    seen |= {pair}
    offered = tight.choices
    for one in wide.choices:
        found = [list(_refused_by(one, other, where, seen)) for other in offered]
        if all(found):
            yield from min(found, key=lambda sentences: _distance(one, sentences))


def _distance(one: Shape, sentences: list[str]) -> tuple[bool, int]:
    """How far a choice is from fitting: the nearest is the one to speak about."""
    return any("is not taken as" in sentence for sentence in sentences), len(sentences)


def _refused_by(wide: Shape, tight: Shape, where: str, seen: frozenset[tuple[str, str]]) -> Iterator[str]:
    first, second, place = wide.plain, tight.plain, where or "the whole"
    if excess := _types(first) - _types(second) - ({"integer"} if "number" in _types(second) else set()):
        yield f"{place}: {', '.join(sorted(excess))} is not taken as {_said(second)}"
        return
    yield from _values(first, second, place)
    yield from _limits(first, second, place)
    yield from (f"{where}/{name}: required" for name in _needed(second) if name not in _needed(first))
    yield from _properties(wide, tight, where, seen)
    if "items" in first or "items" in second:
        yield from refused(wide.inner(first.get("items")), tight.inner(second.get("items")), f"{where}/*", seen)


def _properties(wide: Shape, tight: Shape, where: str, seen: frozenset[tuple[str, str]]) -> Iterator[str]:
    first, second = wide.plain.get("properties", {}), tight.plain.get("properties", {})
    closed = tight.plain.get("additionalProperties") is False and not tight.tolerant
    for name, schema in first.items():
        if name in second:
            yield from refused(wide.inner(schema), tight.inner(second[name]), f"{where}/{name}", seen)
        elif closed:
            yield f"{where}/{name}: not known"
    more, less = (shape.plain.get("additionalProperties", True) for shape in (wide, tight))
    if more is not False and isinstance(less, Mapping) and less:
        yield from refused(wide.inner(more), tight.inner(less), f"{where}/<any>", seen)


def _values(first: Json, second: Json, place: str) -> Iterator[str]:
    taken = _enum(second)
    if taken is None:
        return
    sent = _enum(first)
    if sent is None:
        yield f"{place}: only {', '.join(map(str, taken))}"
    elif more := [value for value in sent if value not in taken]:
        yield f"{place}: {', '.join(map(str, more))} is not one of the values"


def _limits(first: Json, second: Json, place: str) -> Iterator[str]:
    for keyword in (*AT_LEAST, *AT_MOST):
        sign = 1 if keyword in AT_LEAST else -1
        if keyword in second and (keyword not in first or sign * first[keyword] < sign * second[keyword]):
            yield f"{place}: {keyword} {second[keyword]} instead of {first.get(keyword, 'none')}"
    for keyword in EQUAL:
        narrower = WITHIN.get(first.get(keyword, ""))
        if keyword in second and second[keyword] not in (first.get(keyword), narrower) and _enum(first) is None:
            yield f"{place}: {keyword} {second[keyword]} instead of {first.get(keyword, 'none')}"


def _types(plain: Json) -> set[str]:
    if "not" in plain and plain["not"] == {}:
        return set()
    if "type" in plain:
        return {str(plain["type"])}
    if (values := _enum(plain)) is not None:
        return {_type_of(value) for value in values}
    return set(ALL_TYPES)


def _type_of(value: Any) -> str:
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null", list: "array"}
    return kinds.get(type(value), "object")


def _enum(plain: Json) -> list[Any] | None:
    return [plain["const"]] if "const" in plain else plain.get("enum")


def _needed(plain: Json) -> list[str]:
    return list(plain.get("required", ()))


def _said(plain: Json) -> str:
    return " or ".join(sorted(_types(plain))) or "anything"


def _at(document: Json, reference: str) -> Json:
    here: Any = document
    for step in reference.removeprefix("#/").split("/"):
        here = here[step.replace("~1", "/").replace("~0", "~")]
    return here  # type: ignore[no-any-return]
