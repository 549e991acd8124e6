"""When a message is tried again: the moments of Standard Webhooks, cut so that eight attempts fit in a day. Pure."""

import random
from datetime import timedelta

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 6 * 3600))
"""After the first attempt, the second, and so on: 23 h 35 min in all."""

ATTEMPTS = len(PAUSES) + 1
A_DAY = timedelta(hours=25)
"""From the first contact: what could not even be tried so often by then, as the receiver rested, has failed too."""

LONGEST_RETRY_AFTER = timedelta(hours=6)


def pause(tries_left: int, retry_after: timedelta | None) -> timedelta:
    """What to wait while `tries_left` of the eight are to come: a little less than the table says, by chance, so that
    what failed together does not return together; but never less than the receiver asked for, within bounds.
    """
    usual = PAUSES[ATTEMPTS - tries_left - 1] * (0.9 + random.random() / 10)  # noqa: S311  nobody gains by guessing it
    return max(usual, min(retry_after or usual, LONGEST_RETRY_AFTER))
