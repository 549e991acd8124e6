"""Moments that have come. What is said of a later time would never give way to what is true; and clocks err by hours.

So what tells when something was true is at most a day ahead, by whatever door it comes.
"""

from datetime import datetime, timedelta

from pydantic import AfterValidator, ValidationInfo
from pydantic_core import PydanticCustomError

from shared.clock import utc_now

AHEAD = timedelta(days=1)


def is_ahead(at: datetime, now: datetime | None = None) -> bool:
    """Whether no clock that is merely wrong would show it yet."""
    return at > (now or utc_now()) + AHEAD


def _come(at: datetime, info: ValidationInfo) -> datetime:
    if is_ahead(at, (info.context or {}).get("now")):
        raise PydanticCustomError("future", "must not lie in the future")
    return at


HAS_COME = AfterValidator(_come)
"""For an aware `datetime`. `now` in the context of validation is the clock of who has one of their own."""
