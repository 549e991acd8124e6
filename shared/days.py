"""A day as it is written, `YYYY-MM-DD`, and nothing else: by itself pydantic reads a number as seconds since 1970."""

import re
from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared.problems import invalid_field

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LAST_MINUTE = time(23, 59)


def to_day(value: Any) -> date:
    """A `date`, or a text that names one. Raises `ValueError`."""
    if type(value) is date:
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise PydanticCustomError("day", "must be a day, written YYYY-MM-DD")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("day", "must be a day that exists, written YYYY-MM-DD") from None


def is_over(day: date, at: datetime) -> bool:
    """Whether nothing can come to a day any more. Many write its end as 23:59."""
    return at.date() > day or (at.date() == day and at.time() >= LAST_MINUTE)


def refuse_backwards(first: date | None, last: date | None) -> None:
    """Raises Problem 422, naming the query parameters `from` and `to`: a span that ends before it begins."""
    if first is not None and last is not None and last < first:
        raise invalid_field("/query/to", "backwards", "Must not be before `from`.")


Day = Annotated[
    date, BeforeValidator(to_day), WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-01-31"]})
]
