"""The inbox: a fact from the bus has its effect once. A batch is one transaction of dedupe, handlers and their facts.

If a batch fails its records are tried again, alone and in order, so that only the poison one is set aside. Trouble of
the database, the bus or a network peer is waited out: it never sets a fact aside.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from shared import metrics
from shared.backoff import backoff
from shared.bus import Bus, Consumer, Record
from shared.cloudevents import Malformed, UnknownType, UnknownVersion, decode
from shared.database import Database, Tx
from shared.deadletters import Letter, mark_replayed, set_aside, show
from shared.events import Event
from shared.logs import described, log
from shared.principal import Principal
from shared.problems import Problem
from shared.sql import insert_new
from shared.tables import KERNEL
from shared.tracing import span
from shared.trouble import may_pass

Handler = Callable[[Tx, Sequence[Any]], None]
"""`on_<event>(tx, events)`: all new events of one class in a batch, in the order they came. It may run again."""

BATCH = 500
BATCH_SECONDS = 30.0
TRIES = 5
WINDOW = 100


class Inbox:
    """One service's reader of the bus, under the group `rainmaker-<service>`."""

    def __init__(
        self, db: Database, bus: Bus, *, group: str, handlers: Mapping[type[Event], Sequence[Handler]]
    ) -> None:
        self.db, self.bus, self.group, self.handlers = db, bus, group, handlers
        self.by = Principal.service(db.service)
        self.topics = sorted({event.TOPIC for event in handlers})
        self.stopped_because: str | None = None
        self._failed: deque[bool] = deque(maxlen=WINDOW)

    async def run(self) -> None:
        """Until cancelled. Stops by itself where most facts fail: a queue that swallows everything is an outage."""
        if not self.topics:
            await asyncio.Event().wait()
        async with self.bus.consume(self.group, self.topics) as consumer:
            while not self.stopped_because:
                await self.take_some(consumer)
        log().error("inbox stopped", service=self.db.service, error=self.stopped_because)
        await asyncio.Event().wait()

    async def take_some(self, consumer: Consumer, wait: float = 1.0) -> int:
        """Poll once and handle what came; how many records that were."""
        records = await consumer.poll(BATCH, wait)
        if records:
            await self._take(records)
            if not self.stopped_because:
                await consumer.done(records)
        return len(records)

    async def replay(self, letter_id: str) -> None:
        """Handle a dead letter now, and mark it replayed in the same transaction. Raises what its handler raises."""
        letter = await self.db.read(show, letter_id)
        event = decode(letter.message)
        await self.db.write(self._handle_letter, letter, event, by=self.by, lane="inbox", seconds=BATCH_SECONDS)

    async def _take(self, records: Sequence[Record]) -> None:
        metrics.inbox_batch_size.labels(self.db.service).observe(len(records))
        known = [(record, event) for record in records if (event := await self._read(record)) is not None]
        if not known:
            return
        events = [event for _, event in known]
        with span("handle", links=[event.traceparent for event in events if event.traceparent]):
            if not await self._handled(events):
                for record, event in known:
                    if not self.stopped_because:
                        await self._alone(record, event)

    async def _read(self, record: Record) -> Event | None:
        try:
            event = decode(record.message)
        except UnknownType:
            self._count(record.message.topic, "skipped")
            return None
        except (Malformed, UnknownVersion) as error:
            await self._set_aside(record, None, str(error), tries=1)
            return None
        if type(event) not in self.handlers:
            self._count(record.message.topic, "skipped")
            return None
        return event

    async def _handled(self, events: Sequence[Event]) -> bool:
        """False if the batch cannot be handled as a whole, or not in time. Waits out what may pass."""
        for attempt in range(10**9):
            try:
                fresh = await self.db.write(self._handle, events, by=self.by, lane="inbox", seconds=BATCH_SECONDS)
            except Exception as error:
                if not may_pass(error) or (len(events) > 1 and _out_of_time(error)):
                    return False
                log().warning("inbox waits", service=self.db.service, error=described(error))
                await asyncio.sleep(backoff(attempt, first=0.05, longest=5.0))
            else:
                self._note(events, set(fresh))
                return True
        return False

    async def _alone(self, record: Record, event: Event) -> None:
        reason = ""
        for attempt in range(TRIES):
            try:
                fresh = await self.db.write(self._handle, [event], by=self.by, lane="inbox", seconds=BATCH_SECONDS)
            except Exception as error:
                if may_pass(error) and await self._handled([event]):
                    return
                reason = described(error)
                await asyncio.sleep(backoff(attempt, first=0.002, longest=0.02))
            else:
                self._note([event], set(fresh))
                return
        await self._set_aside(record, event, reason, tries=TRIES)

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

    async def _set_aside(self, record: Record, event: Event | None, reason: str, *, tries: int) -> None:
        await self.db.write(set_aside, record, event, reason, tries, by=self.by, lane="inbox")
        self._count(record.message.topic, "dead")
        log().error("event set aside", service=self.db.service, topic=record.message.topic, error=reason)
        self._remember(True)

    def _note(self, events: Sequence[Event], fresh: set[str]) -> None:
        self._failed.extend([False] * len(events))
        counted: Counter[tuple[str, str]] = Counter()
        for event in events:
            counted[event.TOPIC, "done" if event.id in fresh else "duplicate"] += 1
            fresh.discard(event.id)  # a second copy in one batch is one, too
        for (topic, outcome), number in counted.items():
            self._count(topic, outcome, number)

    def _count(self, topic: str, outcome: str, number: int = 1) -> None:
        metrics.events_handled_total.labels(self.db.service, topic, outcome).inc(number)

    def _remember(self, failed: bool) -> None:
        self._failed.append(failed)
        if len(self._failed) == WINDOW and sum(self._failed) > WINDOW / 2:
            self.stopped_because = (
                f"{sum(self._failed)} of the last {WINDOW} facts could not be handled. See `dead-letters list`, "
                "mend the cause and start the worker again."
            )


def _out_of_time(error: Exception) -> bool:
    """The same batch would be too long again; single facts get on."""
    return isinstance(error, Problem) and error.slug == "deadline"


def _kind(event: Event) -> str:
    return event.TYPE
