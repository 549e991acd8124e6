"""Text as it enters: NFC, trimmed, without anything invisible that a store or a terminal would act on.

What the schema says is what is taken: lengths count what was sent, blanks around it included; where something must be
there (`min_length`), blanks alone are nothing.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, PydanticKnownError, core_schema

MAX_LINE = 500
MAX_TEXT = 20_000
MAX_BLANK = 100
"""So many blanks are nobody's text; a field that may be left blank has room for them."""

# Cc are the control characters, Cs the lone surrogates: PostgreSQL refuses NUL, UTF-8 refuses surrogates.
_UNSTORABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_UNSTORABLE_IN_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

# As schemas say it: blanks around a text are taken off before it is looked at. The second one wants more than blanks.
_CONTROLS = r"\u0000-\u001f\u007f-\u009f"
_LINE = rf"^\s*[^{_CONTROLS}]*\s*$", rf"^\s*[^\s{_CONTROLS}][^{_CONTROLS}]*\s*$"
_PART = r"(?:[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]|\r\n)*"
_LINES = rf"^{_PART}\s*$", rf"^{_PART}[^\s{_CONTROLS}]{_PART}\s*$"
_BLANK = {"type": "string", "maxLength": MAX_BLANK, "pattern": r"^\s*$"}


def clean_line(raw: str, most: int = MAX_LINE) -> str:
    """One line of text."""
    return _clean(raw, most, _UNSTORABLE)


def clean_text(raw: str, most: int = MAX_TEXT) -> str:
    """Text of several lines: as `clean_line`, but tabs and line ends stay, the latter as LF."""
    return _clean(raw.replace("\r\n", "\n"), most, _UNSTORABLE_IN_TEXT)


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


@dataclass(frozen=True)
class _Cleaned:
    """Stands behind the bounds, which so count what was sent: `Annotated[str, Field(max_length=100), LINE]`."""

    clean: Callable[[str, int], str]
    most: int
    patterns: tuple[str, str]
    """For a text that may be blank, and for one that may not."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        sent: Any = handler(source)
        most, least = sent.setdefault("max_length", self.most), sent.get("min_length", 0)
        clean = self._filled if least else self.clean
        return core_schema.no_info_after_validator_function(lambda raw: clean(raw, most), sent)

    def __get_pydantic_json_schema__(self, core: Any, schema_of: GetJsonSchemaHandler) -> dict[str, Any]:
        said = schema_of(core)
        return {"pattern": self.patterns["minLength" in said]} | said

    def _filled(self, raw: str, most: int) -> str:
        if text := self.clean(raw, most):
            return text
        raise PydanticKnownError("string_too_short", {"min_length": 1})


LINE = _Cleaned(clean_line, MAX_LINE, _LINE)
LINES = _Cleaned(clean_text, MAX_TEXT, _LINES)

Text = Annotated[str, LINE]
LongText = Annotated[str, LINES]


class _BlankIsNone:
    """Where the type itself does not take blanks, the schema says beside it that a few are taken."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        filled = core_schema.no_info_before_validator_function(_none_if_blank, handler(source))
        return core_schema.no_info_after_validator_function(_none_if_empty, filled)

    def __get_pydantic_json_schema__(self, core: Any, schema_of: GetJsonSchemaHandler) -> dict[str, Any]:
        said = schema_of(core)
        strict = any(one.keys() & {"minLength", "format"} for one in said.get("anyOf", ()))
        return said | {"anyOf": [*said["anyOf"], _BLANK]} if strict else said


def _none_if_blank(value: Any) -> Any:
    return None if isinstance(value, str) and len(value) <= MAX_BLANK and not value.strip() else value


def _none_if_empty(value: Any) -> Any:
    return None if value == "" else value


BlankIsNone = _BlankIsNone()
"""`Annotated[Text | None, BlankIsNone]`: web forms send an empty text for a field left alone."""


# A byte of UTF-8 that was read as Latin-1 or Windows-1252 shows as one of the first, then one of the second.
_LOOKS_BROKEN = re.compile(r"[\u00c2-\u00f4\u0402-\u045f\u221a\u251c][\u0080-\u00bf\u0100-\uffff]")


def repaired(text: str) -> str:
    """Undo a wrong decoding (`SÃ£o` was `São`). Text that reads well comes back as it was, quotes and widths too."""
    if text.isascii() or not _LOOKS_BROKEN.search(text):
        return text
    import ftfy  # 180 ms, and most processes never meet broken text

    return unicodedata.normalize("NFC", str(ftfy.fix_encoding(text)))
