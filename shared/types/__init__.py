"""Values as they enter: text, times, numbers, codes. What passes here is safe in every store and on the wire.

No refusal repeats the value it refuses. E-mail addresses, phone numbers and countries are kept in modules of their own
and can be had from here; money is in `shared.money`.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

import orjson
from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared.types.countries import country_code
from shared.types.emails import Email, email_identity
from shared.types.moments import HAS_COME, is_ahead
from shared.types.phones import Phone, phone_e164

__all__ = ["BlankIsNone", "Count", "Country", "Email", "Int64", "Language", "LongText", "Phone", "Text", "TimeZone"]
__all__ += ["Utc", "clean_line", "clean_text", "country_code", "email_identity", "phone_e164", "repaired"]
__all__ += ["Happened", "is_ahead", "rfc3339", "to_utc", "zulu"]

MAX_LINE = 500
MAX_TEXT = 20_000

# Cc are the control characters, Cs the lone surrogates: PostgreSQL refuses NUL, UTF-8 refuses surrogates.
_UNSTORABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_UNSTORABLE_IN_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def clean_line(raw: str) -> str:
    """One line of text: NFC, trimmed, nothing invisible that a store or a terminal would act on."""
    return _clean(raw, MAX_LINE, _UNSTORABLE)


def clean_text(raw: str) -> str:
    """Text of several lines: as `clean_line`, but tabs and line ends stay, the latter as LF."""
    return _clean(raw.replace("\r\n", "\n"), MAX_TEXT, _UNSTORABLE_IN_TEXT)


def _clean(raw: str, limit: int, unstorable: re.Pattern[str]) -> str:
    text = raw.strip()
    if len(text) > limit:  # before NFC, which costs by the length; composing never makes it longer than it may be
        raise PydanticCustomError("text_too_long", f"must have at most {limit} characters")
    if text.isascii() and text.isprintable():
        return text
    if unstorable.search(text):
        raise PydanticCustomError("control_character", "must not contain control characters or lone surrogates")
    text = unicodedata.normalize("NFC", text)
    if len(text) > limit:
        raise PydanticCustomError("text_too_long", f"must have at most {limit} characters")
    return text


# A byte of UTF-8 that was read as Latin-1 or Windows-1252 shows as one of the first, then one of the second.
_LOOKS_BROKEN = re.compile(r"[\u00c2-\u00f4\u0402-\u045f\u221a\u251c][\u0080-\u00bf\u0100-\uffff]")


def repaired(text: str) -> str:
    """Undo a wrong decoding (`SÃ£o` was `São`). Text that reads well comes back as it was, quotes and widths too."""
    if text.isascii() or not _LOOKS_BROKEN.search(text):
        return text
    import ftfy  # 180 ms, and most processes never meet broken text

    return unicodedata.normalize("NFC", str(ftfy.fix_encoding(text)))


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


def _none_if_blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _schema(**extra: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **extra})


@dataclass(frozen=True)
class _AtMost:
    """The usual bounds in the schema. Those that a field adds win, which `WithJsonSchema` would hide."""

    characters: int
    pattern: str

    def __get_pydantic_json_schema__(self, core: Any, schema_of: GetJsonSchemaHandler) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string", "maxLength": self.characters, "pattern": self.pattern}
        for step in core.get("steps", [None]):  # a pattern is a step of its own, and pydantic would name one step only
            schema |= schema_of(core | {"steps": [step]} if step else core)
        return schema


# As schemas say it: blanks around a text are taken off before it is looked at.
_LINE = r"^\s*[^\u0000-\u001f\u007f-\u009f]*\s*$"
_LINES = r"^(?:[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]|\r\n)*\s*$"

Text = Annotated[str, AfterValidator(clean_line), _AtMost(MAX_LINE, _LINE)]
LongText = Annotated[str, AfterValidator(clean_text), _AtMost(MAX_TEXT, _LINES)]
BlankIsNone = BeforeValidator(_none_if_blank)
"""`Annotated[Text | None, BlankIsNone]`: web forms send an empty text for a field left alone."""

Utc = Annotated[
    datetime,
    BeforeValidator(to_utc),
    _schema(format="date-time", examples=["2026-01-31T09:30:00Z"]),
]
Happened = Annotated[Utc, HAS_COME]
"""When something was true: a day ahead at most, for clocks that are wrong."""

Int64 = Annotated[int, Field(strict=True, ge=-(2**63), le=2**63 - 1)]
Count = Annotated[int, Field(strict=True, ge=0, le=2**63 - 1)]
Country = Annotated[str, AfterValidator(country_code), _schema(examples=["DE"], description="ISO 3166-1 alpha-2")]
Language = Annotated[str, AfterValidator(_language), _schema(examples=["pt-BR"], description="BCP 47")]
TimeZone = Annotated[str, AfterValidator(_time_zone), _schema(examples=["Europe/Berlin"], description="IANA name")]
