"""Amounts in columns of their own and one currency for the row, as files have them, put together into money."""

from collections.abc import Iterable
from typing import Any

from pydantic_core import PydanticCustomError

from shared.imports.shapes import Cells, Refused
from shared.money import Money
from shared.problems import FieldError

_FIELDS = ("units", "nanos", "currency")

NO_CURRENCY = FieldError("/currency", "missing", "Money needs its currency: map a column, or give currency=USD.")


def take_money(cells: Cells, fields: Iterable[str]) -> None:
    """In place: `currency` goes, amounts become `Money`. Raises `Refused`, also for an amount without currency."""
    currency = cells.pop("currency", None)
    for field in fields:
        if field in cells:
            cells[field] = _money(field, cells[field], currency)


def _money(field: str, amount: str, currency: str | None) -> Money:
    if currency is None:
        raise Refused(NO_CURRENCY)
    try:
        return Money.of(amount, currency)
    except PydanticCustomError as wrong:
        where = "currency" if wrong.type == "currency" else field
        sentence = wrong.message()
        raise Refused(FieldError(f"/{where}", wrong.type, f"{sentence[:1].upper()}{sentence[1:]}.")) from None


def packed(money: Money) -> tuple[Any, ...]:
    """For pickling, in a third of the time: what was checked once needs no second look."""
    return _unpacked, (money.units, money.nanos, money.currency)


def _unpacked(*values: Any) -> Money:
    money = object.__new__(Money)
    for name, value in zip(_FIELDS, values, strict=True):
        object.__setattr__(money, name, value)
    return money
