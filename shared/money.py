"""Money: exact, with its currency. Sources give nine decimals and sums reach 10^12: no float can hold that.

On the wire `{"amount": "12.30", "currency": "USD"}`; stored as `units` (bigint), `nanos` (thousand-millionths, with the
sign of the amount) and `currency`, so that a database may add up each column and `Money` carries.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, GetCoreSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from typing_extensions import TypedDict

NANOS = 1_000_000_000
MAX_UNITS = 2**63 - 1
_PATTERN = r"^-?[0-9]{1,19}(\.[0-9]{1,9})?$"
_AMOUNT = re.compile(r"(-?)([0-9]{1,19})(?:\.([0-9]{1,9}))?")

# ISO 4217 minor units where they are not two: an amount is written with at least these decimals.
_WHOLE = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF")
_DECIMALS = dict.fromkeys((*_WHOLE, "XOF", "XPF"), 0)
_DECIMALS |= {"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3, "CLF": 4, "UYW": 4}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency. Two currencies cannot be added or compared: `TypeError`.

    `Money(units, nanos, currency)` is what was stored, or sums of it; `Money.of("12.30", "USD")` is what was written.
    """

    units: int
    nanos: int
    currency: str

    def __post_init__(self) -> None:
        total = _bounded(self.in_nanos)
        units, nanos = divmod(abs(total), NANOS)
        object.__setattr__(self, "units", -units if total < 0 else units)
        object.__setattr__(self, "nanos", -nanos if total < 0 else nanos)
        object.__setattr__(self, "currency", currency_code(self.currency))

    @classmethod
    def of(cls, amount: str | Decimal | int, currency: str) -> "Money":
        return cls(0, _parsed(amount), currency)

    @property
    def amount(self) -> str:
        """As decimal text: at least the decimals of the currency, none lost."""
        return written(self.in_nanos, self.currency)

    @property
    def in_nanos(self) -> int:
        """In thousand-millionths of a unit."""
        return self.units * NANOS + self.nanos

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.amount)

    def __add__(self, other: "Money") -> "Money":
        self._like(other)
        return Money(self.units + other.units, self.nanos + other.nanos, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._like(other)
        return Money(self.units - other.units, self.nanos - other.nanos, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.units, -self.nanos, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._like(other)
        return (self.units, self.nanos) < (other.units, other.nanos)

    def __le__(self, other: "Money") -> bool:
        self._like(other)
        return (self.units, self.nanos) <= (other.units, other.nanos)

    def _like(self, other: object) -> None:
        if not isinstance(other, Money):
            raise TypeError(f"money goes with money, not with {type(other).__name__}")
        if other.currency != self.currency:
            raise TypeError(f"{self.currency} and {other.currency} cannot be added or compared; convert one first")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        wire = handler.generate_schema(MoneyOnTheWire)
        return core_schema.no_info_wrap_validator_function(
            _read, wire, serialization=core_schema.plain_serializer_function_ser_schema(_written, return_schema=wire)
        )


def written(nanos: int, currency: str) -> str:
    """Decimal text with at least the decimals of the currency, be it more than `Money` may be."""
    units, rest = divmod(abs(nanos), NANOS)
    fraction = f"{rest:09d}".rstrip("0").ljust(_DECIMALS.get(currency, 2), "0")
    return f"{'-' if nanos < 0 else ''}{units}" + (f".{fraction}" if fraction else "")


def _read(value: Any, read_wire: Callable[[Any], "MoneyOnTheWire"]) -> Money:
    if isinstance(value, Money):
        return value
    wire = read_wire(value)
    return Money.of(wire["amount"], wire["currency"])


def _written(money: Money) -> dict[str, str]:
    return {"amount": money.amount, "currency": money.currency}


@cache
def _currencies() -> frozenset[str]:
    import pycountry  # 50 ms, and only who counts money needs it

    return frozenset(currency.alpha_3 for currency in pycountry.currencies)


def currency_code(code: str) -> str:
    """An ISO 4217 code in upper case. Raises `ValueError`."""
    if (upper := code.strip().upper()) in _currencies():
        return upper
    raise PydanticCustomError("currency", "must be an ISO 4217 currency code such as USD")


def _parsed(amount: str | Decimal | int) -> int:
    """In thousand-millionths of a unit."""
    text = f"{amount:f}" if isinstance(amount, Decimal) else str(amount)
    found = _AMOUNT.fullmatch(text)
    if not found:
        raise PydanticCustomError("amount", 'must be a decimal text with at most 9 decimals, such as "12.30"')
    sign, units, fraction = found.groups()
    nanos = int(units) * NANOS + int((fraction or "").ljust(9, "0"))
    return _bounded(-nanos if sign else nanos)


def _bounded(nanos: int) -> int:
    if abs(nanos) >= (MAX_UNITS + 1) * NANOS:
        raise PydanticCustomError("amount_too_large", f"must be at most {MAX_UNITS} units")
    return nanos


def _amount_text(amount: Any) -> str:
    if not isinstance(amount, str):  # a JSON number has been through a float, here or at the sender
        raise PydanticCustomError("amount", 'must be a decimal text with at most 9 decimals, such as "12.30"')
    _parsed(amount)
    return amount


class MoneyOnTheWire(TypedDict):
    __pydantic_config__ = ConfigDict(extra="forbid", title="Money")  # type: ignore[misc]

    amount: Annotated[
        str,
        BeforeValidator(_amount_text),
        WithJsonSchema({"type": "string", "pattern": _PATTERN, "examples": ["12.30"]}),
    ]
    currency: Annotated[
        str,
        BeforeValidator(lambda code: currency_code(str(code))),
        WithJsonSchema({"type": "string", "examples": ["USD"]}),
    ]
