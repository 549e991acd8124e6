"""Twins of the kernel's own parts that are small enough to live in the test's process."""

from collections.abc import Sequence
from itertools import groupby

from shared.bus import Bus
from shared.database import Database, Tx
from shared.events import Event
from shared.events.inbox import Inbox
from shared.events.outbox import Relay, take


class Forgetful(Inbox):
    """No dedupe: whatever comes is new."""

    def _handle(self, tx: Tx, events: Sequence[Event]) -> list[str]:
        for kind, of_kind in groupby(sorted(events, key=lambda event: event.TYPE), key=type):
            batch = list(of_kind)
            for handler in self.handlers[kind]:
                handler(tx, batch)
        return [event.id for event in events]


class LastSeen(Relay):
    """`position > last`: what was committed late under a lower position is passed over."""

    def __init__(self, db: Database, bus: Bus) -> None:
        super().__init__(db, bus)
        self.last = 0

    async def publish_some(self) -> int:
        positions, messages = await self.db.read(take, 500)
        fresh = [one for place, one in zip(positions, messages, strict=True) if place > self.last]
        await self.bus.publish(fresh)
        self.last = max([self.last, *positions])
        return len(fresh)
