"""The embedded bus: Kafka's promises for one process, on one SQLite file, with nothing to install.

Durable when `publish` returns, in order of publishing within and across keys, read again until done, pruned by age.
Other than on Kafka a topic has one partition and a group one active member: a second one stands by until the first has
left. A consumer is woken by a publish of the same process, so a message waits for nobody's timer.

`sqlite:///relative/path` or `sqlite:////absolute/path`, with `?retention_seconds=` (14 days).
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl, unquote

import orjson

from shared.bus import INBOUND_RETENTION_SECONDS, RETENTION_SECONDS, Message, Record
from shared.bus.sqlite_log import Row, SqliteLog, Stored


class SqliteBus:
    def __init__(self, path: Path, retention_seconds: float = RETENTION_SECONDS) -> None:
        self._retention = retention_seconds
        self._waiting: set[SqliteConsumer] = set()
        self._members: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._done: dict[str, dict[str, int]] = {}  # group -> topic -> offset: ahead of the file by what lingers there
        self._log = SqliteLog(path, self._wake)

    @classmethod
    def from_url(cls, url: str) -> "SqliteBus":
        path, _, query = url.partition("?")
        options = dict(parse_qsl(query, keep_blank_values=True))
        retention = options.pop("retention_seconds", str(RETENTION_SECONDS))
        place = unquote(path.removeprefix("sqlite:///"))
        if options or not place or not path.startswith("sqlite:///"):
            raise ValueError(f"BUS_URL must be sqlite:///path?retention_seconds=..., not {url!r}")
        return cls(Path(place), float(retention))

    async def publish(self, messages: Sequence[Message]) -> None:
        now = time.time()
        rows = [_row(message, now) for message in messages]
        if rows:
            await self._log.append(rows)

    @asynccontextmanager
    async def consume(self, group: str, topics: Sequence[str]) -> AsyncIterator["SqliteConsumer"]:
        async with self._members[group]:
            done = self._done.setdefault(group, self._log.bookmarks(group))
            consumer = SqliteConsumer(self._log, group, {topic: done.get(topic, 0) for topic in topics}, done)
            self._waiting.add(consumer)
            try:
                yield consumer
            finally:
                self._waiting.discard(consumer)

    async def create_topics(self, partitions: dict[str, int]) -> None:
        """Nothing to do: here a topic is there as soon as somebody names it."""

    async def ping(self) -> None:
        """A write that changes nothing, which is what a full or broken disk refuses."""
        await self._log.append(())

    async def prune(self, now: datetime) -> int:
        """Delete what is older than the retention, done or not, as Kafka does; publishes go on in between."""
        gone, inbound = 0, min(self._retention, INBOUND_RETENTION_SECONDS)
        while step := await self._log.forget(now.timestamp() - self._retention):
            gone += step
        while step := await self._log.forget(now.timestamp() - inbound, inbound_only=True):
            gone += step
        return gone

    async def close(self) -> None:
        await self._log.close()
        for consumer in self._waiting:  # their polls end now, with the sentence that the bus was closed
            consumer.wake()

    def _wake(self, topics: set[str]) -> None:
        for consumer in self._waiting:
            if not topics.isdisjoint(consumer.places):
                consumer.wake()


class SqliteConsumer:
    def __init__(self, log: SqliteLog, group: str, places: dict[str, int], done: dict[str, int]) -> None:
        self.places = places
        self._log = log
        self._group = group
        self._group_done = done
        self._woken = asyncio.Event()
        self._end: tuple[int, dict[str, int]] | None = None  # `log.appended`, and the places behind all there was then

    async def poll(self, limit: int, wait: float) -> list[Record]:
        deadline = asyncio.get_running_loop().time() + wait
        while True:
            self._woken.clear()  # before the look, so that a publish between look and wait is not slept through
            if found := self._look(limit):
                return [_record(*row) for row in found]
            try:
                async with asyncio.timeout_at(deadline):
                    await self._woken.wait()
            except TimeoutError:
                return []

    def _look(self, limit: int) -> list[Stored]:
        """No look is taken where everything was seen and done, and nothing has come since."""
        appended = self._log.appended
        if self._end == (appended, self.places) and not self._log.closed:
            return []
        found = self._log.read(self.places, limit)
        if len(found) < limit:
            self._end = appended, self.places | {topic: offset for offset, topic, *_ in found}
        return found

    async def lag(self) -> dict[str, int]:
        return self._log.waiting(self.places)

    async def done(self, batch: Sequence[Record]) -> None:
        moved = {record.message.topic: record.offset for record in batch}
        for topic, offset in moved.items():
            self.places[topic] = self._group_done[topic] = max(self.places[topic], offset)
        self._log.mark({(self._group, topic): self.places[topic] for topic in moved})

    def wake(self) -> None:
        self._woken.set()


def _row(message: Message, now: float) -> Row:
    (message.topic + message.key).encode()  # what UTF-8 cannot hold fails here, for this caller alone
    return message.topic, message.key, message.value, orjson.dumps(message.headers), now


def _record(offset: int, topic: str, key: str, value: bytes, headers: bytes) -> Record:
    return Record(Message(topic, key, value, orjson.loads(headers)), 0, offset)
