"""The inbox: a fact from the bus has its effect once. A batch is one transaction of dedupe, handlers and their facts.

What fails, and what is waited for, is the affair of `shared.events.reader`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import groupby
from typing import Any

from shared.bus import Bus, Record
from shared.database import Database, Tx
from shared.database.sql import insert_new
from shared.database.tables import KERNEL
from shared.deadletters import Letter, mark_replayed, to_replay
from shared.events import Event
from shared.events.cloudevents import decode
from shared.events.reader import Reader
from shared.telemetry import metrics

Handler = Callable[[Tx, Sequence[Any]], None]
"""`on_<event>(tx, events)`: all new events of one class in a batch, in the order they came. It may run again."""

BATCH = Reader.batch
BATCH_SECONDS = 30.0


class Inbox(Reader[Event]):
    """One service's reader of facts, under the group `rainmaker-<service>`."""

    def __init__(
        self, db: Database, bus: Bus, *, group: str, handlers: Mapping[type[Event], Sequence[Handler]]
    ) -> None:
        super().__init__(db, bus, group=group, topics={event.TOPIC for event in handlers})
        self.handlers = handlers

    async def replay(self, letter_id: str) -> None:
        """Handle a dead letter now, and mark it replayed in the same transaction. Raises what its handler raises, or
        Problem 409 for a letter that was replayed already.
        """
        letter = await self.db.read(to_replay, letter_id)
        event = decode(letter.message)
        await self.db.write(self._handle_letter, letter, event, by=self.by, lane="inbox", seconds=BATCH_SECONDS)

    def _decoded(self, record: Record) -> Event | None:
        event = decode(record.message)
        return event if type(event) in self.handlers else None

    async def _effect(self, entries: Sequence[Event]) -> list[str]:
        fresh = await self.db.write(self._handle, entries, by=self.by, lane="inbox", seconds=BATCH_SECONDS)
        self._time(entries, set(fresh))
        return fresh

    def _time(self, entries: Sequence[Event], fresh: Collection[str]) -> None:
        """How old the facts are by now; the clocks of two machines may differ, and nothing is younger than new."""
        now = self.db.clock()
        delays = {topic: metrics.event_delay_seconds.labels(self.db.service, topic) for topic in self.topics}
        for event in entries:
            if event.id in fresh and event.recorded_at:
                delays[event.TOPIC].observe(max(0.0, (now - event.recorded_at).total_seconds()))

    def _handle(self, tx: Tx, events: Sequence[Event]) -> list[str]:
        """Handlers get what was not handled before; the ids of these events."""
        once = {event.id: event for event in events}
        rows = [{"event_id": event_id, "handled_at": tx.now} for event_id in sorted(once)]
        new = insert_new(tx.session, KERNEL.inbox, rows, returning="event_id")
        fresh = [event for event in once.values() if event.id in new]
        for kind, of_kind in groupby(sorted(fresh, key=_kind), key=type):
            batch = list(of_kind)
            for handler in self.handlers[kind]:
                handler(tx, batch)
        return [event.id for event in fresh]

    def _handle_letter(self, tx: Tx, letter: Letter, event: Event) -> None:
        self._handle(tx, [event])
        mark_replayed(tx, letter.id)


def _kind(event: Event) -> str:
    return event.TYPE
