"""Phone numbers: E.164, or a refusal that says what is missing. A phone never identifies a person by itself."""

import re
from functools import cache
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

# Numbers that are E.164 already take a short way (2 microseconds instead of 29), by the library's own patterns. What
# these do not know to be valid, or what could lose a digit in being read, takes the long way, which judges.
_PLAIN = re.compile(r"\+[1-9][0-9]{5,14}", re.ASCII)
_KINDS = ("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "voip", "personal_number", "pager", "uan")


class _Plan(NamedTuple):
    """The numbers of one country code: `general` and one of `kinds`, with the lengths that each may have."""

    prefixed: re.Pattern[str] | None
    general: re.Pattern[str]
    kinds: tuple[tuple[frozenset[int], re.Pattern[str]], ...]

    def knows(self, number: str) -> bool:
        """Only of a number whose every digit counts."""
        if self.prefixed and self.prefixed.match(number):
            return False
        length = len(number)
        return bool(self.general.fullmatch(number)) and any(
            length in lengths and kind.fullmatch(number) for lengths, kind in self.kinds
        )


def phone_e164(raw: str, region: str | None = None) -> str:
    """The number in E.164, without its extension; `region` (ISO 3166-1 alpha-2) reads a national one.

    Raises `ValueError` with a sentence; its `type` is `phone_region` when a region would help, else `phone`.
    """
    return raw if _PLAIN.fullmatch(raw) and _known(raw) else _judged(raw, region)


def _known(number: str) -> bool:
    for length in (1, 2, 3):
        if plan := _plan(number[1 : 1 + length]):
            return plan.knows(number[1 + length :])
    return False


@cache
def _plan(code: str) -> _Plan | None:
    """Of the main region of this country code; None where that has a part of the numbers only, or none."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

    regions = COUNTRY_CODE_TO_REGION_CODE.get(int(code), ("001",))
    found = PhoneMetadata.metadata_for_region(regions[0], None)
    if found is None or found.leading_digits or not found.general_desc:
        return None
    descs = [desc for name in _KINDS if (desc := getattr(found, name)) and desc.national_number_pattern]
    return _Plan(
        re.compile(found.national_prefix_for_parsing) if found.national_prefix_for_parsing else None,
        re.compile(found.general_desc.national_number_pattern or ""),
        tuple((_lengths(desc, found.general_desc), re.compile(desc.national_number_pattern)) for desc in descs),
    )


def _lengths(desc: object, general: object) -> frozenset[int]:
    return frozenset(getattr(desc, "possible_length", ()) or getattr(general, "possible_length", ()))


def _judged(raw: str, region: str | None) -> str:
    import phonenumbers as p  # 100 ms, and only who takes in phones needs it

    try:
        number = p.parse(raw, region.strip().upper() if region else None)
    except p.NumberParseException as error:
        if error.error_type == p.NumberParseException.INVALID_COUNTRY_CODE:
            raise PydanticCustomError(
                "phone_region", "must begin with + and a country code, or come with the region it is written for"
            ) from None
        raise PydanticCustomError("phone", "must be a phone number such as +4930123456") from None
    if not p.is_valid_number(number):
        raise PydanticCustomError("phone", "must be a phone number that can exist in its country")
    return str(p.format_number(number, p.PhoneNumberFormat.E164))


Phone = Annotated[
    str,
    AfterValidator(phone_e164),
    WithJsonSchema({"type": "string", "examples": ["+4930123456"]}),
]
"""A number that is already international, however it is grouped: no pattern says which are taken.

A national one needs its region, which is another field: `phone_e164`.
"""
