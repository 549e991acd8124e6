"""Where in a request something is wrong, and saying so without repeating what was sent."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from shared.problems import FieldError, Problem, invalid_fields

MAX_ERRORS = 100
MAX_NAME = 64

_WORD = re.compile(r"[^\W_]{3,}")
_BOUNDS = {
    "too_short": ("at least", "min_length", "item"),
    "too_long": ("at most", "max_length", "item"),
    "string_too_short": ("at least", "min_length", "character"),
    "string_too_long": ("at most", "max_length", "character"),
}
_PLAIN = re.compile(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\U0010ffff]")


def step(pointer: str, name: str | int) -> str:
    """One level deeper (RFC 6901). A name may come from the caller, so it is cut and made printable."""
    text = _PLAIN.sub("?", str(name)[:MAX_NAME])
    return f"{pointer}/{text.replace('~', '~0').replace('/', '~1')}"


def field_errors(found: Iterable[Mapping[str, Any]], body: Any = None, pointer: str = "") -> list[FieldError]:
    """Pydantic's errors as ours. `pointer` is put before each, for a row of a batch."""
    return [
        FieldError(pointer + _pointer(error["loc"], body, error["type"]), error["type"], _detail(error))
        for error in list(found)[:MAX_ERRORS]
    ]


def refusal(error: ValidationError, body: Any, pointer: str = "") -> Problem:
    """The problem for a row that was validated by hand: `refusal(error, row, "/leads/3")`."""
    found = error.errors(include_url=False)
    return invalid_fields(field_errors([{**one, "loc": ("body", *one["loc"])} for one in found], body, pointer))


def _pointer(loc: Sequence[str | int], body: Any, kind: str) -> str:
    """Union members and validators stand in `loc` too; only what exists in the body is part of the pointer."""
    if loc[:1] != ("body",):
        return "".join(step("", _as_header(part) if loc[0] == "header" else part) for part in loc)
    pointer, here = "", body
    for position, part in enumerate(loc[1:], start=2):
        if _holds(here, part):
            pointer, here = step(pointer, part), here[part]
        elif kind == "missing" and position == len(loc):
            pointer = step(pointer, part)
    return pointer


def _holds(here: Any, part: str | int) -> bool:
    if isinstance(here, list):
        return isinstance(part, int) and part < len(here)
    return isinstance(here, dict) and part in here


def _as_header(part: str | int) -> str:
    return str(part).title() if part != "header" else "header"


def _detail(error: Mapping[str, Any]) -> str:
    """Pydantic's sentence, unless it repeats the input, as those about tags, ids and domains do."""
    if error["type"] == "extra_forbidden":
        return "This field is not known here."
    if error["type"] == "union_tag_invalid":
        return f"Expected one of {error['ctx']['expected_tags']}."
    if error["type"] in _BOUNDS:
        return _bounds(error["type"], error["ctx"])
    sentence = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] != "missing" and _echoes(sentence, error.get("input")):
        return "The value is not valid here."
    return sentence[:1].upper() + sentence[1:].rstrip(".") + "."


def _bounds(kind: str, said: Mapping[str, Any]) -> str:
    """Pydantic's own speaks of what is left "after validation", which nobody outside can know."""
    bound, name, word = _BOUNDS[kind]
    count = said[name]
    return f"Expected {bound} one {word}." if count == 1 else f"Expected {bound} {count} {word}s."


def _echoes(sentence: str, value: Any) -> bool:
    if value is None or isinstance(value, bool | dict | list):
        return False
    said = sentence.lower()
    return any(word in said for word in _WORD.findall(str(value).lower()[:2_000]))
