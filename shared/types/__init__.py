"""Values as they enter: text, times, numbers, codes. What passes here is safe in every store and on the wire.

No refusal repeats the value it refuses. Text, e-mail addresses, phone numbers and countries are kept in modules of
their own and can be had from here; money is in `shared.money`.
"""

import re
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

import orjson
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared.types.countries import country_code
from shared.types.emails import Email, email_identity
from shared.types.moments import HAS_COME, is_ahead
from shared.types.phones import Phone, phone_e164
from shared.types.texts import LINE, LINES, BlankIsNone, LongText, Text, clean_line, clean_text, repaired

__all__ = ["LINE", "LINES", "WHOLE", "BlankIsNone", "Count", "Country", "Email", "Int64", "Language", "LongText"]
__all__ += ["Phone", "Text", "TimeZone", "Utc", "clean_line", "clean_text", "country_code", "email_identity"]
__all__ += ["Happened", "is_ahead", "phone_e164", "repaired", "rfc3339", "to_utc", "zulu"]

_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def rfc3339(text: str) -> datetime:
    """The moment that an RFC 3339 text names, in UTC, to the microsecond. Raises `ValueError`."""
    if not _RFC3339.fullmatch(text):
        raise PydanticCustomError("rfc3339", "must be an RFC 3339 time with offset, written YYYY-MM-DDThh:mm:ssZ")
    try:
        at = datetime.fromisoformat(text if text[10] == "T" and text[-1] != "z" else text.upper())
        return at if at.tzinfo is UTC else at.astimezone(UTC)
    except (ValueError, OverflowError):  # the 31st of June; the first hours of year 1 east of Greenwich
        raise PydanticCustomError("rfc3339", "must be a time that exists, between the years 1 and 9999") from None


def to_utc(value: Any) -> datetime:
    """An aware `datetime` or an RFC 3339 text, in UTC. A time without offset could be anybody's: refused."""
    if isinstance(value, str):
        return rfc3339(value)
    if not isinstance(value, datetime):
        raise PydanticCustomError("rfc3339", "must be an RFC 3339 time with offset, written YYYY-MM-DDThh:mm:ssZ")
    if value.tzinfo is UTC:
        return value
    if value.utcoffset() is None:
        raise PydanticCustomError("naive_time", "must carry an offset from UTC")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise PydanticCustomError("rfc3339", "must be a time that exists, between the years 1 and 9999") from None


def zulu(at: datetime) -> str:
    """RFC 3339 with `Z`, as every answer and event writes it."""
    if at.tzinfo is not UTC:
        at = to_utc(at)
    return orjson.dumps(at, option=orjson.OPT_UTC_Z)[1:-1].decode()  # a third of the cost of `isoformat`


_LANGUAGE = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*)"
)


def _language(tag: str) -> str:
    """BCP 47 language, script, region, variants, in the case that RFC 5646 recommends; `en_US` is read as `en-US`."""
    found = _LANGUAGE.fullmatch(tag.strip().replace("_", "-").lower())
    if not found:
        raise PydanticCustomError("language", "must be a BCP 47 language tag such as en, pt-BR or zh-Hant-TW")
    parts = [found["language"], (found["script"] or "").title(), (found["region"] or "").upper()]
    return "-".join(part for part in parts if part) + found["variants"]


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _time_zone(name: str) -> str:
    if name.strip() not in _time_zones():
        raise PydanticCustomError("time_zone", "must be an IANA time zone such as Europe/Berlin")
    return name.strip()


def _schema(**extra: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **extra})


def _whole(value: Any) -> Any:
    """JSON knows one kind of number: 1.0 is an integer. Beyond 2^53 it would be the neighbour of what was sent."""
    return int(value) if value.__class__ is float and value.is_integer() and abs(value) <= 2**53 else value


WHOLE = BeforeValidator(_whole)
"""Behind the bounds of an integer: `Annotated[int, Field(strict=True, ge=0), WHOLE]`."""

Utc = Annotated[
    datetime,
    BeforeValidator(to_utc),
    _schema(format="date-time", examples=["2026-01-31T09:30:00Z"]),
]
Happened = Annotated[Utc, HAS_COME]
"""When something was true: a day ahead at most, for clocks that are wrong."""

Int64 = Annotated[int, Field(strict=True, ge=-(2**63), le=2**63 - 1), WHOLE]
Count = Annotated[int, Field(strict=True, ge=0, le=2**63 - 1), WHOLE]
Country = Annotated[str, AfterValidator(country_code), _schema(examples=["DE"], description="ISO 3166-1 alpha-2")]
Language = Annotated[str, AfterValidator(_language), _schema(examples=["pt-BR"], description="BCP 47")]
TimeZone = Annotated[str, AfterValidator(_time_zone), _schema(examples=["Europe/Berlin"], description="IANA name")]
