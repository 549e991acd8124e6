"""Exact numbers: rounded once, to nine decimals; as text never `1E-7`, and without zeros that say nothing."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Annotated

from pydantic import PlainSerializer, WithJsonSchema

WIDE = Context(prec=80, rounding=ROUND_HALF_EVEN)
"""Sums of money by thousand-millionths may have more digits than the 28 that decimals have by themselves, and rounding
what does not fit raises: one odd figure would hold up all others.
"""
_NINE = Decimal("1e-9")


def nine_decimals(number: Decimal) -> Decimal:
    """Rounded half to even."""
    return number.quantize(_NINE, context=WIDE)


def ratio(above: int | Decimal | None, below: int | Decimal | None) -> Decimal | None:
    """To nine decimals; None where the divisor is zero or either is unknown: nothing per nothing is no number."""
    if above is None or not below:
        return None
    return nine_decimals(WIDE.divide(Decimal(above), Decimal(below)))


def plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


PlainDecimal = Annotated[
    Decimal,
    PlainSerializer(plain, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": ["1.25"]}),
]
"""A decimal in an answer or a fact. What comes in needs bounds of its own."""
