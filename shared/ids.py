"""Ids that sort by time and explain themselves: TypeIDs, a UUIDv7 in base 32 behind a prefix."""

import re
from datetime import UTC, datetime

import uuid_utils

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [a + b for a in ALPHABET for b in ALPHABET]
_SHAPE = re.compile(r"[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}")


def new_id(prefix: str) -> str:
    """A TypeID (spec 0.3): three letters, an underscore, 26 characters of Crockford base 32."""
    number = uuid_utils.uuid7().int
    return prefix + "_" + "".join([_PAIRS[(number >> shift) & 1023] for shift in range(120, -1, -10)])


def moment_of(text: str) -> datetime | None:
    """When this id was made, to the millisecond; None for what is no id of ours."""
    if not is_id(text):
        return None
    number = 0
    for digit in text[4:]:
        number = number << 5 | ALPHABET.index(digit)
    return datetime.fromtimestamp((number >> 80) / 1000, UTC)


def is_id(text: str, prefix: str = "") -> bool:
    return bool(_SHAPE.fullmatch(text)) and text.startswith(prefix)
