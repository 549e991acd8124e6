"""JSON as RFC 8259 defines it, and nothing that a store would choke on: what fails here names its place in the body.

Refused with 400: syntax, NaN and infinities, bytes that are not UTF-8, more than 32 levels. Refused with 422: NUL and
lone surrogates in text, integers beyond 64 bits. The usual body passes in the few microseconds that orjson needs.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import orjson

from shared.pointers import MAX_ERRORS, step
from shared.problems import FieldError, Problem, invalid_fields

MAX_DEPTH = 32

_LONG_NUMBER = re.compile(rb"[0-9]{19}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LARGEST = 2**63


class _BeyondInt64:
    """Stands where an integer was that no store can hold."""


def loads(raw: bytes) -> Any:
    """The value, or a Problem that says which field is wrong and how."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise _diagnosis(raw) from None
    if b"\\u0000" in raw or _LONG_NUMBER.search(raw):
        _refuse_unstorable(read_anyhow(raw))
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and _deeper_than(value, MAX_DEPTH):
        raise _too_deep()
    return value


def _diagnosis(raw: bytes) -> Problem:
    """Why orjson refused it: read once more by a lenient parser that lets us find the field."""
    try:
        value = read_anyhow(raw)
        _refuse_unstorable(value)
    except Problem as problem:
        return problem
    return _not_json("The body is not valid JSON.")


def read_anyhow(raw: bytes) -> Any:
    """The value with all that no store can hold, to find out where that is. Raises Problem 400 where it is no JSON."""
    try:
        return json.loads(raw.decode(), parse_int=_integer, parse_constant=float)
    except UnicodeDecodeError as error:
        raise _not_json(f"The body is not UTF-8: byte {error.start} cannot be read.") from None
    except json.JSONDecodeError as error:
        raise _not_json(f"The body is not JSON: line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise _too_deep() from None


def _integer(digits: str) -> Any:
    if len(digits) > 20:
        return _BeyondInt64()
    number = int(digits)
    return number if -_LARGEST <= number < _LARGEST else _BeyondInt64()


def _refuse_unstorable(value: Any) -> None:
    if _deeper_than(value, MAX_DEPTH):
        raise _too_deep()
    found = [error for _, error in zip(range(MAX_ERRORS), _unstorable(value, ""), strict=False)]
    if any(error.code == "not_finite" for error in found):
        raise _not_json("NaN, infinities and numbers too large for a double are not JSON.", found)
    if found:
        raise invalid_fields(found)


def _unstorable(value: Any, pointer: str) -> Iterator[FieldError]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if "\x00" in name or _SURROGATE.search(name):
                yield FieldError(step(pointer, name), "unstorable_name", "A name must not hold NUL or lone surrogates.")
            yield from _unstorable(inner, step(pointer, name))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _unstorable(inner, step(pointer, position))
    elif isinstance(value, str) and "\x00" in value:
        yield FieldError(pointer, "nul", "Text must not contain NUL.")
    elif isinstance(value, str) and _SURROGATE.search(value):
        yield FieldError(pointer, "lone_surrogate", "Text must not contain half of a surrogate pair.")
    elif isinstance(value, _BeyondInt64):
        yield FieldError(pointer, "integer_too_large", "An integer must fit into 64 bits.")
    elif isinstance(value, float) and not math.isfinite(value):
        yield FieldError(pointer, "not_finite", "A number must be finite.")


def _deeper_than(value: Any, levels: int) -> bool:
    layer = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        inner = (one.values() if one.__class__ is dict else one for one in layer)
        layer = [
            deeper for values in inner for deeper in values if deeper.__class__ is dict or deeper.__class__ is list
        ]
    return bool(layer)


def _not_json(detail: str, errors: list[FieldError] | None = None) -> Problem:
    return Problem(400, "invalid-json", "Not JSON", detail, errors=errors or ())


def _too_deep() -> Problem:
    return _not_json(f"The body is nested deeper than {MAX_DEPTH} levels.")
