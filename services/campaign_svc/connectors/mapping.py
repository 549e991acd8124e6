"""One row of an answer as a metric. Exact: a figure is a decimal from its text on, and never a float.

A row that cannot be read is refused with its field and a reason, which does not repeat what stood there.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

from pydantic import ValidationError

from services.campaign_svc.ads.metrics import MetricIn
from services.campaign_svc.connectors.mapping_shapes import DayFrom, Mapping, NumberFrom, TextFrom, TimeFrom
from shared.decimals import WIDE, nine_decimals, plain
from shared.types import to_utc
from shared.web import refusal

Look = Callable[[str], Any]
"""What stands at a path of one row; None where there is nothing."""

_NUMBER = re.compile(r"[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][+-]?[0-9]{1,2})?")


class RowRefused(Exception):
    """`field` is the one of the metric; the reason is for a person and repeats no value."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(field, reason)
        self.field, self.reason = field, reason


def metric_of(look: Look, mapping: Mapping, *, as_of: datetime, latest: datetime) -> MetricIn:
    """`as_of` counts where the row does not say; what is long after `latest` is refused. Raises `RowRefused`."""
    fields = _fields(look, mapping)
    said = _time(look, mapping.as_of) if mapping.as_of else None
    fields["as_of"] = said or as_of
    try:
        return MetricIn.model_validate(fields, context={"now": latest})
    except ValidationError as error:
        first = refusal(error, fields).errors[0]
        raise RowRefused(first.pointer.lstrip("/") or "row", first.detail) from None


def time_of(text: str, format: str | None) -> datetime:
    """A time as a header or a row has it: of the given format, RFC 3339, or as HTTP writes it. Raises `ValueError`."""
    if format is not None:
        at = datetime.strptime(text, format)
        return to_utc(at if at.tzinfo else at.replace(tzinfo=UTC))
    if "," in text:
        return to_utc(parsedate_to_datetime(text))
    return to_utc(text)


def _fields(look: Look, mapping: Mapping) -> dict[str, Any]:
    currency = _text(look, "currency", mapping.currency)
    dimensions = {name: _text(look, f"dimensions/{name}", one) for name, one in mapping.dimensions.items()}
    conversions = {kind: _amount(look, f"conversions/{kind}", one) for kind, one in mapping.conversions.items()}
    return {
        "channel": _text(look, "channel", mapping.channel),
        "campaign": _text(look, "campaign", mapping.campaign),
        "account": _text(look, "account", mapping.account),
        "ad": _text(look, "ad", mapping.ad),
        "day": _day(look, mapping.day),
        "dimensions": _given(dimensions),
        "impressions": _count(look, "impressions", mapping.impressions),
        "clicks": _count(look, "clicks", mapping.clicks),
        "spend": _money(look, "spend", mapping.spend, currency),
        "revenue": _money(look, "revenue", mapping.revenue, currency),
        "conversions": _given(conversions),
    }


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _text(look: Look, field: str, source: TextFrom | None) -> str | None:
    """Ids come as numbers, too."""
    if source is None or source.path is None:
        return source.value if source else None
    found = look(source.path)
    if found is None or isinstance(found, str):
        return (found or "").strip() or None
    if isinstance(found, bool) or not isinstance(found, int | Decimal):
        raise RowRefused(field, "Expected text or a number.")
    return plain(_bounded(field, Decimal(found)))


def _day(look: Look, source: DayFrom) -> Any:
    text = _text(look, "day", TextFrom(path=source.path))
    if text is None or source.format is None:
        return text
    try:
        return datetime.strptime(text, source.format).date()
    except ValueError:
        raise RowRefused("day", f"Expected a day that exists, of the format {source.format}.") from None


def _time(look: Look, source: TimeFrom) -> datetime | None:
    if source.path is None or (text := _text(look, "as_of", TextFrom(path=source.path))) is None:
        return None
    try:
        return time_of(text, source.format)
    except (ValueError, OverflowError):
        raise RowRefused("as_of", f"Expected a time, {source.format or 'as 2026-01-31T09:30:00Z'}.") from None


def _count(look: Look, field: str, source: NumberFrom | None) -> int | None:
    if source is None or (number := _number(look, field, source)) is None:
        return None
    if number != number.to_integral_value():
        raise RowRefused(field, "Expected a whole number.")
    return int(number)


def _money(look: Look, field: str, source: NumberFrom | None, currency: str | None) -> dict[str, Any] | None:
    if source is None or (amount := _amount(look, field, source)) is None:
        return None
    if currency is None:
        raise RowRefused("currency", "An amount needs its currency.")
    return {"amount": amount, "currency": currency}


def _amount(look: Look, field: str, source: NumberFrom) -> str | None:
    """To the nearest thousand-millionth: what is finer is a float's noise (0.30000000000000004)."""
    if (number := _number(look, field, source)) is None:
        return None
    return plain(nine_decimals(number))


def _number(look: Look, field: str, source: NumberFrom) -> Decimal | None:
    found = look(source.path)
    if found is None or (isinstance(found, str) and not found.strip()):
        return None
    if isinstance(found, str) and _NUMBER.fullmatch(found.strip()):
        found = Decimal(found.strip())
    if isinstance(found, bool) or not isinstance(found, int | Decimal):
        raise RowRefused(field, "Expected a number, such as 1234.5, without separators of thousands.")
    return WIDE.multiply(_bounded(field, Decimal(found)), source.scale)


def _bounded(field: str, number: Decimal) -> Decimal:
    """Before it is written out: 1e999999999 would be a text of a gigabyte."""
    if not number.is_finite() or not -40 <= number.adjusted() <= 40 or len(number.as_tuple().digits) > 60:
        raise RowRefused(field, "The number is out of all proportion.")
    return number
