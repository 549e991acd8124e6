"""What the text of a cell says, exactly or not at all: numbers that two countries would read differently are refused.

No refusal repeats the text it refuses.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal

from shared.imports.shapes import Type

Point = Literal[".", ","]
Read = Callable[[str], Any]

_PLAIN = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,2})?")
_GROUPED = {
    ".": re.compile(r"[+-]?[0-9]{1,3}(?:[,'\u2019 \u00a0\u202f][0-9]{3})+(?:\.[0-9]+)?"),
    ",": re.compile(r"[+-]?[0-9]{1,3}(?:[.'\u2019 \u00a0\u202f][0-9]{3})+(?:,[0-9]+)?"),
}
_MARKS = {point: str.maketrans("", "", f"{other}'\u2019 \u00a0\u202f") for point, other in ((".", ","), (",", "."))}
_BITS = 2**63


class Unreadable(Exception):
    """`code` is for programs, the sentence for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


def reader(type: Type, *, point: Point | None, day: str | None, scale: Decimal | None) -> Read | None:
    """What reads the cells of one column; None where they stay the text they are."""
    if type is Type.DATE:
        return lru_cache(4_096)(lambda text: _date(text, day))
    if type is Type.DECIMAL:
        return lambda text: _decimal(text, point, scale)
    if type is Type.INTEGER:
        return lambda text: _integer(text, point, scale)
    return None


def _decimal(text: str, point: Point | None, scale: Decimal | None) -> str:
    if scale is None and point != "," and _PLAIN.fullmatch(text):
        return text.removeprefix("+")
    number = Decimal(_with_point(text, point))
    return f"{number if scale is None else number * scale:f}"


def _integer(text: str, point: Point | None, scale: Decimal | None) -> int:
    if text.isdecimal() and text.isascii() and scale is None and len(text) < 19:
        return int(text)
    number = Decimal(_with_point(text, point)) * (scale or 1)
    if number != number.to_integral_value():
        raise Unreadable("integer", "Must be a whole number.")
    if not -_BITS <= number < _BITS:
        raise Unreadable("integer_size", "Must fit into 64 bits.")
    return int(number)


def _with_point(text: str, point: Point | None) -> str:
    """Without marks between thousands, which are taken only where it was said what the decimal point is."""
    if point and _GROUPED[point].fullmatch(text):
        text = text.translate(_MARKS[point])
    if point == "," and "." not in text:
        text = text.replace(",", ".", 1)
    elif point == ",":
        raise Unreadable("number", "Must be a number with a decimal comma, such as 1.234,50.")
    if _NUMBER.fullmatch(text):
        return text
    if point is None and "," in text:
        raise Unreadable("number", "It has a comma: say whether decimal is `,` or `.`, and send the file again.")
    raise Unreadable("number", "Must be a number such as 1234.50.")


def _date(text: str, day: str | None) -> date:
    try:
        if day:
            return datetime.strptime(text, day).date()
        return _iso_day(text)
    except ValueError:
        form = f"in the form {day}" if day else "such as 2026-01-31; for another form say date_format"
        raise Unreadable("date", f"Must be a date that exists, {form}.") from None


def _iso_day(text: str) -> date:
    """A day; or a time without offset that is its midnight, as databases write days."""
    if len(text) == 10:
        return date.fromisoformat(text)
    at = datetime.fromisoformat(text)
    if at.tzinfo or at.time() != datetime.min.time():
        raise ValueError("not a day")
    return at.date()
