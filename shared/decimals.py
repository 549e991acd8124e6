"""Exact numbers as decimal text: never `1E-7`, and without zeros that say nothing."""

from decimal import Decimal
from typing import Annotated

from pydantic import PlainSerializer, WithJsonSchema


def plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


PlainDecimal = Annotated[
    Decimal,
    PlainSerializer(plain, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": ["1.25"]}),
]
"""A decimal in an answer or a fact. What comes in needs bounds of its own."""
