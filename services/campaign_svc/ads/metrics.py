"""An ad metric as it is sent, and cleaned by being read: what an ad network says of one key and day, at one moment.

The key is account, channel, campaign, ad, day and dimensions; the same key again is a revision. A measure that is
absent was not reported, which is not zero.
"""

import re
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from shared.days import Day
from shared.decimals import plain
from shared.money import Money
from shared.types import LINE, WHOLE, BlankIsNone, Happened

MOST_METRICS = 1_000
MOST_DIMENSIONS = 20
MOST_KINDS = 20
MOST = 10**15
"""Of one measure on one day: far more than any ad has, and a bigint still holds nine thousand times that."""

KEY_NAMES = frozenset({"account", "channel", "campaign", "ad", "day", "currency"})
"""What figures can be grouped by anyway; a dimension of such a name would be two things at once."""

_NUMBER = re.compile(r"^[0-9]{1,16}(\.[0-9]{1,9})?$")


def _conversions(value: Any) -> Decimal:
    """Exact, and written one way only: 2, "2" and "2.0" are the same figure."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise PydanticCustomError("conversions", 'must be a whole number, or a decimal text such as "2.5"')
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    if not _NUMBER.fullmatch(text) or (number := Decimal(text)) > MOST:
        raise PydanticCustomError("conversions", "must be from 0 to 10^15, with at most 9 decimals")
    return Decimal(plain(number))


def _none_as_empty(value: Any) -> Any:
    return "" if value is None else value


Channel = Annotated[
    str,
    Field(
        min_length=1,
        max_length=100,
        pattern=r"^\s*[^/\s\u0000-\u001f\u007f-\u009f][^/\u0000-\u001f\u007f-\u009f]*\s*$",
        description="Where the ad was shown: search, facebook. Without a slash.",
    ),
    LINE,
]
Name = Annotated[Annotated[str, Field(max_length=200), LINE] | None, BlankIsNone]
DimensionName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
DimensionValue = Annotated[str, Field(min_length=1, max_length=200), LINE]
Kind = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
Number = Annotated[
    Decimal,
    PlainValidator(_conversions),
    PlainSerializer(plain, return_type=str),
    WithJsonSchema({"type": ["string", "integer"], "pattern": _NUMBER.pattern, "minimum": 0, "examples": ["2.5"]}),
]
Measured = Annotated[int, Field(strict=True, ge=0, le=MOST), WHOLE]

EXAMPLE: dict[str, Any] = {
    "account": "main",
    "channel": "search",
    "campaign": "brand",
    "ad": "708746",
    "day": "2026-01-30",
    "dimensions": {"age": "30-34", "gender": "M"},
    "impressions": 7350,
    "clicks": 12,
    "spend": {"amount": "14.30", "currency": "EUR"},
    "conversions": {"lead": "2", "sale": 1},
    "revenue": {"amount": "99.00", "currency": "EUR"},
    "as_of": "2026-01-31T06:00:00Z",
}


class MetricIn(BaseModel):
    """What an ad network says of one key and day. The same key again is a revision: the newer `as_of` stands."""

    model_config = ConfigDict(title="AdMetricReport", extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    channel: Channel
    campaign: Annotated[
        Annotated[str, Field(max_length=200), LINE],
        BeforeValidator(_none_as_empty),
        Field(
            description="Absent, null or blank: figures of the channel that no campaign is named for.",
            json_schema_extra={"type": ["string", "null"]},
        ),
    ] = ""
    account: Name = Field(None, description="The account at the network.")
    ad: Name = Field(None, description="The id or name of the single ad.")
    day: Day
    dimensions: Annotated[dict[DimensionName, DimensionValue], Field(max_length=MOST_DIMENSIONS)] = Field(
        {}, description="What the figures are broken down by: age, gender, device. Part of the key."
    )
    impressions: Measured | None = None
    clicks: Measured | None = None
    spend: Money | None = None
    conversions: Annotated[dict[Kind, Number], Field(max_length=MOST_KINDS)] = Field(
        {}, description="By kind; may be fractional, then as decimal text."
    )
    revenue: Money | None = Field(None, description="In the currency of `spend`; negative where more was refunded.")
    as_of: Happened | None = Field(None, description="When the network said so; the moment of storing, if absent.")

    @field_validator("dimensions")
    @classmethod
    def with_names_of_their_own(cls, dimensions: dict[str, str]) -> dict[str, str]:
        if taken := KEY_NAMES & dimensions.keys():
            raise PydanticCustomError("reserved_name", f"must not be called {min(taken)}: that is a field of its own")
        return dimensions

    @field_validator("spend", "revenue")
    @classmethod
    def within_reason(cls, money: Money | None) -> Money | None:
        if money is not None and abs(money.units) > MOST:
            raise PydanticCustomError("amount_too_large", "must be at most 10^15")
        return money

    @field_validator("spend")
    @classmethod
    def not_negative(cls, spend: Money | None) -> Money | None:
        if spend is not None and (spend.units < 0 or spend.nanos < 0):
            raise PydanticCustomError("negative", "must not be negative")
        return spend

    @field_validator("revenue")
    @classmethod
    def in_one_currency(cls, revenue: Money | None, info: Any) -> Money | None:
        spend = info.data.get("spend")
        if revenue is not None and spend is not None and revenue.currency != spend.currency:
            raise PydanticCustomError("currency", "must be in the currency of spend")
        return revenue

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        """One spelling of a key and of figures, whatever order they were sent in."""
        self.dimensions = dict(sorted(self.dimensions.items()))
        self.conversions = dict(sorted(self.conversions.items()))
        return self

    @property
    def currency(self) -> str | None:
        """That of its money; None where it has none."""
        money = self.spend or self.revenue
        return money.currency if money else None
