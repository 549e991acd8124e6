"""How long to wait before trying again: doubling, with chance, so that who failed together does not return together."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


def backoff(attempt: int, *, first: float, longest: float) -> float:
    """Seconds to wait after failure `attempt` (from 0): half to all of `first * 2**attempt`, at most `longest`."""
    full = min(longest, first * 2.0 ** min(attempt, 30))
    return full / 2 + random.random() * full / 2  # noqa: S311  # nobody gains by guessing it


def retry_after(headers: Mapping[str, str], now: datetime, *, longest: timedelta) -> timedelta | None:
    """What RFC 9110 lets another system ask for: seconds, or a date. Nonsense is nothing."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), longest)
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return min(max(timedelta(), (at if at.tzinfo else at.replace(tzinfo=UTC)) - now), longest)
