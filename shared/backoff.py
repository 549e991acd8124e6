"""How long to wait before trying again: doubling, with chance, so that who failed together does not return together."""

import random


def backoff(attempt: int, *, first: float, longest: float) -> float:
    """Seconds to wait after failure `attempt` (from 0): half to all of `first * 2**attempt`, at most `longest`."""
    full = min(longest, first * 2.0 ** min(attempt, 30))
    return full / 2 + random.random() * full / 2  # noqa: S311  # nobody gains by guessing it
