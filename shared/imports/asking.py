"""What a caller says about a file, as query parameters: the same words as the command's."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared.imports.mapping import Asked
from shared.problems import FieldError, invalid_field, invalid_fields
from shared.types import LINE, Text

_NAMED = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
_DELIMITER = re.compile(rf"{'|'.join(_NAMED)}|[!#-/:-@\[-`{{-~¦§¬]")

_CONTROLS = r"\u0000-\u001f\u007f-\u009f"
_FIELD = rf"\s*[^\s={_CONTROLS}][^={_CONTROLS}]*="
_VALUE = rf"[^{_CONTROLS}]*[^\s{_CONTROLS}][^{_CONTROLS}]*\s*"  # some controls are blanks, and only the last are cut


def _delimiter(said: str) -> str:
    if not _DELIMITER.fullmatch(said):
        raise PydanticCustomError("delimiter", "must be a sign such as ; or one of comma, semicolon, tab, pipe")
    return _NAMED.get(said, said)


def _said(pattern: str) -> Any:
    return Field(json_schema_extra={"pattern": f"^{pattern}$"})


Delimiter = Annotated[
    str,
    AfterValidator(_delimiter),
    WithJsonSchema({"type": "string", "pattern": f"^(?:{_DELIMITER.pattern})$", "examples": [";", "tab"]}),
]
Columns = Annotated[list[Annotated[str, _said(rf"{_FIELD}[^{_CONTROLS}]*\s*"), LINE]], Query(max_length=200)]
Pairs = Annotated[list[Annotated[str, _said(_FIELD + _VALUE), LINE]], Query(max_length=200)]
NONE: list[str] = []
"""Never changed."""


async def _asked(
    map: Annotated[
        Columns, Query(description="`field=column of the file`, as often as needed; `field=` leaves a field out.")
    ] = NONE,
    constant: Annotated[Pairs, Query(description="`field=value` for every row, such as `currency=USD`.")] = NONE,
    scale: Annotated[Pairs, Query(description="`field=factor`, such as `spend=0.000001` for micros.")] = NONE,
    encoding: Annotated[Text | None, Query(description="Found where left out.", examples=["windows-1252"])] = None,
    delimiter: Annotated[
        Delimiter | None, Query(description="A sign, or comma, semicolon, tab, pipe. Found where left out.")
    ] = None,
    date_format: Annotated[Text | None, Query(description="ISO 8601 where left out.", examples=["%d-%m-%Y"])] = None,
    decimal: Annotated[
        Literal[".", ","] | None,
        Query(description="Say it where numbers have marks between thousands, or a decimal comma."),
    ] = None,
) -> Asked:
    return Asked(
        encoding=encoding,
        delimiter=delimiter,
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
