"""A reader of the bus: takes batches, and sees that what cannot be handled costs nobody else anything.

If a batch fails its entries are tried again, alone and in order, so that only the poison one is set aside. Trouble of
the database, the bus or a network peer is waited out: it never sets anything aside. What an entry is, and how a batch
of them has its effect once, is said by the two that read: `shared.events.inbox` (facts) and `shared.events.intake`
(what other systems ask for).
"""

import asyncio
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import ClassVar, Generic, Protocol, TypeVar

from shared.backoff import backoff
from shared.bus import Bus, BusUnavailable, Consumer, Record
from shared.database import Database
from shared.deadletters import set_aside
from shared.events.cloudevents import UnknownType, UnknownVersion
from shared.events.envelope import Malformed
from shared.principal import Principal
from shared.problems import Problem
from shared.telemetry import metrics
from shared.telemetry.logs import described, log
from shared.telemetry.tracing import span
from shared.trouble import may_pass

TRIES = 5
WINDOW = 100


class Refused(Exception):
    """Its sender must mend it, so no second try helps. The text is a sentence that repeats nothing of what was sent."""


class Entry(Protocol):
    """What came in: a fact, or what another system asks for. `id` is what it is known by once it had its effect."""

    @property
    def id(self) -> str: ...
    @property
    def TYPE(self) -> str: ...  # noqa: N802 - as events spell it
    @property
    def TOPIC(self) -> str: ...  # noqa: N802
    @property
    def traceparent(self) -> str | None: ...


E = TypeVar("E", bound=Entry)


class Reader(ABC, Generic[E]):
    """`foreign`: what cannot be read is the fault of a sender that is not us, and no reason to stop for all others."""

    batch: ClassVar[int] = 500
    foreign: ClassVar[bool] = False

    def __init__(self, db: Database, bus: Bus, *, group: str, topics: Collection[str]) -> None:
        self.db, self.bus, self.group, self.topics = db, bus, group, sorted(topics)
        self.by = Principal.service(db.service)
        self.stopped_because: str | None = None
        self._failed: deque[bool] = deque(maxlen=WINDOW)
        self._consumer: Consumer | None = None

    @abstractmethod
    def _decoded(self, record: Record) -> E | None:
        """None is skipped and counted. Raises `Malformed`, `UnknownType` or `UnknownVersion`."""

    @abstractmethod
    async def _effect(self, entries: Sequence[E]) -> list[str]:
        """All of them in one transaction, or none; the ids of those that had not had their effect before."""

    def _kept(self, record: Record, entry: E | None) -> Record:
        """The record as a dead letter keeps it."""
        return record

    async def run(self) -> None:
        """Until cancelled. Stops by itself where most entries fail: a queue that swallows everything is an outage."""
        if not self.topics:
            await asyncio.Event().wait()
        async with self.bus.consume(self.group, self.topics) as consumer:
            self._consumer = consumer
            try:
                while not self.stopped_because:
                    await self.take_some(consumer)
            finally:
                self._consumer = None
        log().error("inbox stopped", service=self.db.service, error=self.stopped_because)
        await asyncio.Event().wait()

    async def measure(self) -> None:
        """Set the gauge of what is still to be read; it stays as it is while nobody reads, or the bus cannot say."""
        if self._consumer is None:
            return
        with suppress(BusUnavailable):
            lag = await self._consumer.lag()
            for topic in self.topics:
                metrics.inbox_lag.labels(self.db.service, topic).set(lag.get(topic, 0))

    async def take_some(self, consumer: Consumer, wait: float = 1.0) -> int:
        """Poll once and handle what came; how many records that were."""
        records = await consumer.poll(self.batch, wait)
        if records:
            await self._take(records)
            if not self.stopped_because:
                await consumer.done(records)
        return len(records)

    async def _take(self, records: Sequence[Record]) -> None:
        metrics.inbox_batch_size.labels(self.db.service).observe(len(records))
        known = await self._read(records)
        if not known:
            return
        entries = [entry for _, entry in known]
        with span("handle", links=[entry.traceparent for entry in entries if entry.traceparent]):
            if not await self._handled(entries):
                for record, entry in known:
                    if not self.stopped_because:
                        await self._alone(record, entry)

    async def _read(self, records: Sequence[Record]) -> list[tuple[Record, E]]:
        """Those that concern us. What cannot be read is set aside."""
        known = []
        for record in records:
            try:
                entry = self._decoded(record)
            except UnknownType:
                entry = None
            except (Malformed, UnknownVersion) as error:
                await self._set_aside(record, None, str(error), tries=1, failed=not self.foreign)
                continue
            if entry is None:
                self._count(record.message.topic, "skipped")
            else:
                known.append((record, entry))
        return known

    async def _handled(self, entries: Sequence[E]) -> bool:
        """False if the batch cannot be handled as a whole, or not in time. Waits out what may pass."""
        for attempt in range(10**9):
            try:
                fresh = await self._effect(entries)
            except Exception as error:
                if not may_pass(error) or (len(entries) > 1 and _out_of_time(error)):
                    return False
                log().warning("inbox waits", service=self.db.service, error=described(error))
                await asyncio.sleep(backoff(attempt, first=0.05, longest=5.0))
            else:
                self._note(entries, fresh)
                return True
        return False

    async def _alone(self, record: Record, entry: E) -> None:
        reason = ""
        for attempt in range(TRIES):
            try:
                fresh = await self._effect([entry])
            except Refused as error:
                return await self._set_aside(record, entry, str(error), tries=attempt + 1, failed=False)
            except Exception as error:
                if may_pass(error) and await self._handled([entry]):
                    return None
                reason = described(error)
                await asyncio.sleep(backoff(attempt, first=0.002, longest=0.02))
            else:
                return self._note([entry], fresh)
        return await self._set_aside(record, entry, reason, tries=TRIES, failed=True)

    async def _set_aside(self, record: Record, entry: E | None, reason: str, *, tries: int, failed: bool) -> None:
        kept = self._kept(record, entry)
        await self.db.write(set_aside, kept, entry, reason, tries, by=self.by, lane="inbox")
        self._count(record.message.topic, "dead")
        log().error("event set aside", service=self.db.service, topic=record.message.topic, error=reason)
        if failed:
            self._remember(True)

    def _note(self, entries: Sequence[E], fresh: Sequence[str]) -> None:
        self._failed.extend([False] * len(entries))
        topics = {entry.id: entry.TOPIC for entry in entries}
        done = Counter(topics[name] for name in fresh)
        duplicate = Counter(entry.TOPIC for entry in entries) - done  # a second copy in one batch is one, too
        for outcome, counted in (("done", done), ("duplicate", duplicate)):
            for topic, number in counted.items():
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
    """The same batch would be too long again; single entries get on."""
    return isinstance(error, Problem) and error.slug == "deadline"
