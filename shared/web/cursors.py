"""A cursor is a position in an order: opaque, and good only for the list, the filter and the order it came from."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson

from shared.problems import Problem, invalid_field

Sealer = Callable[[bytes], str]
"""A keyed hash as text."""

MAC_LETTERS = 24


def sealed(position: Sequence[Any], binding: bytes, seal: Sealer) -> str:
    packed = orjson.dumps([_packed(value) for value in position])
    return base64.urlsafe_b64encode(_mac(packed, binding, seal) + packed).rstrip(b"=").decode()


def opened(cursor: str, binding: bytes, seal: Sealer, width: int) -> tuple[Any, ...]:
    """The position, or Problem 422 naming `/query/cursor`."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _foreign() from None
    mac, packed = raw[:MAC_LETTERS], raw[MAC_LETTERS:]
    if mac != _mac(packed, binding, seal):  # guessing it gains nothing but a position in a list one may read
        raise _foreign()
    position = tuple(_unpacked(value) for value in orjson.loads(packed))
    if len(position) != width:
        raise _foreign()
    return position


def _mac(packed: bytes, binding: bytes, seal: Sealer) -> bytes:
    return seal(b"cursor\n" + binding + b"\n" + packed).encode()[:MAC_LETTERS].ljust(MAC_LETTERS, b"=")


def _packed(value: Any) -> Any:
    """JSON has no times and no decimals: these carry a tag, so that they come back as what they were."""
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return {"t": aware.isoformat(), "naive": value.tzinfo is None}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    return {"n": str(value)} if isinstance(value, Decimal) else value


def _unpacked(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "t" in value:
        at = datetime.fromisoformat(value["t"])
        return at.replace(tzinfo=None) if value["naive"] else at
    return date.fromisoformat(value["d"]) if "d" in value else Decimal(value["n"])


def _foreign() -> Problem:
    return invalid_field("/query/cursor", "cursor", "Use next_cursor of a page with the same filter and sort.")
