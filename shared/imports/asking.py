"""What a caller says about a file, as query parameters: the same words as the command's."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from fastapi import Depends, Query

from shared.imports.mapping import Asked
from shared.problems import FieldError, invalid_field, invalid_fields
from shared.types import Text

_NAMED = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
_NOT_A_DELIMITER = frozenset('"\r\n\0 ')

Pairs = Annotated[list[Text], Query(max_length=200)]
NONE: list[str] = []
"""Never changed."""


async def _asked(
    map: Annotated[
        Pairs, Query(description="`field=column of the file`, as often as needed; `field=` leaves a field out.")
    ] = NONE,
    constant: Annotated[Pairs, Query(description="`field=value` for every row, such as `currency=USD`.")] = NONE,
    scale: Annotated[Pairs, Query(description="`field=factor`, such as `spend=0.000001` for micros.")] = NONE,
    encoding: Annotated[Text | None, Query(description="Found where left out.", examples=["windows-1252"])] = None,
    delimiter: Annotated[
        Text | None, Query(description="One character, or comma, semicolon, tab, pipe. Found where left out.")
    ] = None,
    date_format: Annotated[Text | None, Query(description="ISO 8601 where left out.", examples=["%d-%m-%Y"])] = None,
    decimal: Annotated[
        Literal[".", ","] | None,
        Query(description="Say it where numbers have marks between thousands, or a decimal comma."),
    ] = None,
) -> Asked:
    return Asked(
        encoding=encoding,
        delimiter=_delimiter(delimiter),
        columns=_pairs("map", map, blank=True),
        constants=_pairs("constant", constant),
        date_format=date_format,
        decimal=decimal,
        scale=_factors(_pairs("scale", scale)),
    )


AskedFor = Annotated[Asked, Depends(_asked)]


def _pairs(parameter: str, pairs: Iterable[str], *, blank: bool = False) -> dict[str, str]:
    found: dict[str, str] = {}
    for place, pair in enumerate(pairs):
        field, is_pair, value = (part.strip() for part in pair.partition("="))
        if not field or not is_pair or not (value or blank):
            raise invalid_field(f"/query/{parameter}/{place}", "pair", "Expected `field=value`.")
        if field in found:
            raise invalid_field(f"/query/{parameter}/{place}", "given_twice", "This field was given before.")
        found[field] = value
    return found


def _factors(pairs: dict[str, str]) -> dict[str, Decimal]:
    factors, errors = {}, []
    for place, (field, text) in enumerate(pairs.items()):
        try:
            factors[field] = Decimal(text)
        except InvalidOperation:
            factors[field] = Decimal("nan")
        if not factors[field].is_finite():
            errors.append(FieldError(f"/query/scale/{place}", "scale", "Expected a number, such as 0.000001."))
    if errors:
        raise invalid_fields(errors)
    return factors


def _delimiter(said: str | None) -> str | None:
    if said is None:
        return None
    found = _NAMED.get(said, said)
    if len(found) != 1 or found in _NOT_A_DELIMITER or found.isalnum():
        raise invalid_field(
            "/query/delimiter", "delimiter", "Expected one character, or comma, semicolon, tab or pipe."
        )
    return found
