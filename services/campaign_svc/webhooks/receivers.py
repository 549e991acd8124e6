"""What this process knows of each receiver: how fast it answers, how much is under way, and whether it should rest.

It is kept in memory: to forget it costs a contact or two. The promise: a receiver that is slow or dead holds at most
`AT_ONCE` connections, and nothing of it is waited for where others wait behind it.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from shared.backoff import backoff

AT_ONCE, AT_FIRST = 8, 2
"""Attempts under way at one receiver; and before it has answered for the first time."""
FAILURES = 3
"""So many in a row without an answer that means anything, and the receiver rests."""
FIRST_REST, LONGEST_REST = 5.0, 300.0
UNKNOWN_PACE, BEST_PACE = 0.1, 0.005
LONGEST_WAIT = timedelta(seconds=60)


class Receiver:
    """`expected` are those admitted and not ended, `pace` is the seconds that an answer takes of late."""

    def __init__(self) -> None:
        self.turns = asyncio.Semaphore(AT_ONCE)
        self.expected, self.failures, self.proven = 0, 0, False
        self.resting_until: datetime | None = None
        self._pace, self._begun = UNKNOWN_PACE, dict[object, float]()
        self._promised: datetime | None = None

    def rests(self, now: datetime) -> bool:
        return self.resting_until is not None and now < self.resting_until

    @property
    def failing(self) -> bool:
        return self.failures >= FAILURES

    def room(self, now: datetime, within: float) -> int:
        """How many more it may answer within so many seconds; while it rests, or holds us up, none."""
        if self.rests(now):
            return 0
        if self.failing:  # it has rested: one may look whether it is back
            return max(0, 1 - self.expected)
        if not self.proven:
            return max(0, AT_FIRST - self.expected)
        return max(0, int(AT_ONCE * within / self.pace) - self.expected)

    def next_turn(self, now: datetime) -> datetime:
        """When one for whom there is no room may come again: in the order that they ask, as fast as it answers."""
        first = max(now, self.resting_until or now)
        turn = max(first, self._promised or first) + timedelta(seconds=self.pace / AT_ONCE)
        self._promised = turn if turn < first + LONGEST_WAIT else first
        return turn

    @property
    def pace(self) -> float:
        """What is under way counts as soon as it takes longer than answers usually do."""
        waiting = time.monotonic() - min(self._begun.values(), default=time.monotonic())
        return max(self._pace, waiting, BEST_PACE)

    @contextmanager
    def contact(self) -> Iterator[None]:
        this = object()
        self._begun[this] = time.monotonic()
        try:
            yield
        finally:
            self._pace += (time.monotonic() - self._begun.pop(this) - self._pace) / 5

    def heard(self, well: bool, now: datetime, asked_for: timedelta | None = None) -> None:
        """How an attempt ended, and what rest the receiver asked for."""
        if well:
            self.failures, self.resting_until, self.proven = 0, None, True
        elif not self.rests(now):  # else it was under way when the receiver was sent to rest: the same failure
            self.failures += 1
            self.resting_until = self._rest(now, asked_for or timedelta())

    def _rest(self, now: datetime, asked_for: timedelta) -> datetime | None:
        if self.failures < FAILURES and not asked_for:
            return None
        rest = backoff(max(0, self.failures - FAILURES), first=FIRST_REST, longest=LONGEST_REST)
        return now + min(max(timedelta(seconds=rest), asked_for), timedelta(seconds=LONGEST_REST))
