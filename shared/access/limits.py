"""Limits by token bucket: a minute's worth at once, then as it refills. In the memory of one process: each `api`
process counts for itself, and no request waits for a count elsewhere.
"""

import math
import time
from collections import OrderedDict

from shared.problems import Problem

MOST_NAMES = 10_000
"""Who has not been heard of for longest is forgotten first: the memory is bounded, whoever asks."""


class Limit:
    """So many in a minute for each name; 0 is no limit."""

    def __init__(self, per_minute: int) -> None:
        self._size = per_minute
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, name: str) -> str:
        """Take one; how many are left, as the header `RateLimit` has it. Raises Problem 429 where there is none."""
        self.require(name)
        self.take(name)
        return self.said(name)

    def said(self, name: str) -> str:
        """`r` may be asked at once, and after `t` seconds as many as ever. Nothing where there is no limit."""
        if not self._size:
            return ""
        left = self._left_for(name)
        return f'"minute";r={int(left)};t={math.ceil((self._size - left) * 60 / self._size)}'

    @property
    def policy(self) -> str:
        return f'"minute";q={self._size};w=60'

    def require(self, name: str) -> None:
        if self._size and (left := self._left_for(name)) < 1:
            raise self._too_many(name, math.ceil((1 - left) * 60 / self._size))

    def take(self, name: str) -> None:
        if not self._size:
            return
        self._left[name] = max(0.0, self._left_for(name) - 1), time.monotonic()
        self._left.move_to_end(name)
        if len(self._left) > MOST_NAMES:
            self._left.popitem(last=False)

    def _left_for(self, name: str) -> float:
        left, at = self._left.get(name, (float(self._size), 0.0))
        return min(self._size, left + (time.monotonic() - at) * self._size / 60)

    def _too_many(self, name: str, seconds: int) -> Problem:
        headers = {"Retry-After": str(seconds), "RateLimit-Policy": self.policy, "RateLimit": self.said(name)}
        detail = f"At most {self._size} in a minute; the next one is welcome in {seconds} s."
        return Problem(429, "too-many-requests", "Too many requests", detail, headers=headers)
