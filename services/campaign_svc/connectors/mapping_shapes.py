"""Which field of an answer is which field of a metric, as data. A field that is not mapped is not reported."""

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from services.campaign_svc.ads.metrics import MOST_DIMENSIONS, MOST_KINDS, DimensionName, Kind
from shared.types import LINE

# Literal digits would be widths, and glibc fills a width of a thousand million with blanks.
TIME_FORMAT = r"^(%[YmdyjHMSfbBzpI]|[-_ /.,:TZ]){1,40}$"

FieldPath = Annotated[
    str,
    Field(
        min_length=1,
        description="JSON: names with dots between (`metrics.cost_micros`), places in lists (`rows.0`), or the one of"
        " a list that has a field (`actions[type=lead].value`). CSV: the column.",
        examples=["metrics.cost_micros"],
    ),
    LINE,
]
TimeFormat = Annotated[
    str,
    Field(
        pattern=TIME_FORMAT, description="As of C's `strptime`; without an offset, UTC is meant.", examples=["%d-%m-%Y"]
    ),
]


def _scale(number: Decimal) -> Decimal:
    if not number.is_finite() or number == 0 or not -12 <= number.adjusted() <= 12:
        raise PydanticCustomError("scale", "must be a factor between 10^-12 and 10^12")
    return number


Scale = Annotated[
    Decimal,
    AfterValidator(_scale),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["0.000001"], "description": "What the figure is multiplied by."}),
]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TextFrom(_Shape):
    """From a field of the answer, or the same in every row."""

    path: FieldPath | None = None
    value: Annotated[str, Field(min_length=1), LINE] | None = Field(None, description="A constant, in place of `path`.")

    @model_validator(mode="after")
    def _from_one_place(self) -> Self:
        given = [name for name in ("path", "value", "header") if getattr(self, name, None) is not None]
        if len(given) != 1:
            raise PydanticCustomError("one_source", "must be taken from exactly one place")
        return self


class NumberFrom(_Shape):
    """A figure; `scale` makes units of it where the network counts in cents or micros."""

    path: FieldPath
    scale: Scale = Decimal(1)


class DayFrom(_Shape):
    """A day; as YYYY-MM-DD where no format is given."""

    path: FieldPath
    format: TimeFormat | None = None


class TimeFrom(_Shape):
    """When the network says that a figure was true: from each row, or from a header of the answer."""

    path: FieldPath | None = None
    header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$", examples=["Last-Modified"])] | None = None
    format: TimeFormat | None = None

    @model_validator(mode="after")
    def _from_one_place(self) -> Self:
        if (self.path is None) == (self.header is None):
            raise PydanticCustomError("one_source", "must be taken from exactly one place")
        return self


MAPPING: dict[str, Any] = {
    "channel": {"value": "search"},
    "campaign": {"path": "campaign.name"},
    "day": {"path": "date"},
    "dimensions": {"device": {"path": "device"}},
    "impressions": {"path": "metrics.impressions"},
    "clicks": {"path": "metrics.clicks"},
    "spend": {"path": "metrics.cost_micros", "scale": "0.000001"},
    "currency": {"value": "EUR"},
    "conversions": {"lead": {"path": "metrics.leads"}},
}


class Mapping(_Shape):
    """`as_of` is the moment at which the pull started, where the network does not say."""

    model_config = ConfigDict(title="MetricMapping", json_schema_extra={"examples": [MAPPING]})

    channel: TextFrom
    campaign: TextFrom | None = None
    account: TextFrom | None = None
    ad: TextFrom | None = None
    day: DayFrom
    dimensions: Annotated[dict[DimensionName, TextFrom], Field(max_length=MOST_DIMENSIONS)] = {}
    impressions: NumberFrom | None = None
    clicks: NumberFrom | None = None
    spend: NumberFrom | None = None
    conversions: Annotated[dict[Kind, NumberFrom], Field(max_length=MOST_KINDS)] = {}
    revenue: NumberFrom | None = None
    currency: TextFrom | None = Field(None, description="Of spend and revenue; needed where one of them is mapped.")
    as_of: TimeFrom | None = None

    @model_validator(mode="after")
    def _with_a_currency(self) -> Self:
        if (self.spend or self.revenue) and self.currency is None:
            raise PydanticCustomError("currency", "must say where the currency of spend and revenue comes from")
        if not (self.impressions or self.clicks or self.spend or self.conversions or self.revenue):
            raise PydanticCustomError("no_measure", "must map at least one measure")
        return self

    @property
    def paths(self) -> set[str]:
        """Every field of the answer that is asked for."""
        single = (self.channel, self.campaign, self.account, self.ad, self.day, self.currency, self.as_of)
        measures = (self.impressions, self.clicks, self.spend, self.revenue)
        all_of = (*single, *measures, *self.dimensions.values(), *self.conversions.values())
        return {one.path for one in all_of if one is not None and one.path is not None}
