"""Phone numbers: E.164, or a refusal that says what is missing. A phone never identifies a person by itself."""

from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError


def phone_e164(raw: str, region: str | None = None) -> str:
    """The number in E.164, without its extension; `region` (ISO 3166-1 alpha-2) reads a national one.

    Raises `ValueError` with a sentence; its `type` is `phone_region` when a region would help, else `phone`.
    """
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
    WithJsonSchema({"type": "string", "pattern": r"^\+[1-9][0-9]{4,14}$", "examples": ["+4930123456"]}),
]
"""A number that is already international; a national one needs its region, which is another field: `phone_e164`."""
