"""One member of a Kafka group, supervised: it reads, remembers what it gave, and is built anew when it no longer reads.

The promise: nothing is passed over. What was given and not called done is given again, by this member from memory,
after a rebalance or a crash from Kafka. While the broker is away `poll` returns nothing, or raises `BusUnavailable`
when the reader itself had to be given up; the caller polls again, and reading goes on when the broker is back.

Bookmarks move behind the scenes: `done` returns at once, and what piles up while one commit travels goes with the next.
A commit that fails, or comes too late for a rebalance, means a second reading.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor

from shared.bus import Message, Record
from shared.bus.kafka_errors import TROUBLE, lacking, unavailable
from shared.bus.kafka_settings import KafkaSettings
from shared.bus.kafka_watch import Watch, unread
from shared.telemetry.logs import described, log

CHUNK = 100
"""Records taken over from aiokafka at a time. Its objects for 500 are more than a processor's cache holds; those for
100 are gone before the next are made in their place, which makes reading a fifth cheaper.
"""

STOP_SECONDS = 5.0
GRACE = 0.1  # on top of the caller's wait, before a rebalance that takes longer is left to itself


class WholeTopics(RoundRobinPartitionAssignor):  # type: ignore[misc]
    """Round robin, by a leader that knows every topic. After a restart a broker may answer before it knows them all:
    aiokafka then leaves such a topic to nobody, and a stable group that reads nothing is never looked at again.
    """

    @classmethod
    def assign(cls, cluster: Any, members: Mapping[str, Any]) -> Any:
        topics = {topic for member in members.values() for topic in member.subscription}
        if unknown := sorted(topic for topic in topics if not cluster.partitions_for_topic(topic)):
            raise LookupError(f"The broker does not know {', '.join(unknown)} yet; the group is to be joined again.")
        return super().assign(cluster, members)


class KafkaConsumer(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, settings: KafkaSettings, group: str, topics: Sequence[str]) -> None:
        self._settings = settings
        self._group = group
        self._topics = tuple(topics)
        self._patience = settings.request_timeout_ms / 1000
        self._reader: Any = None
        self._given: list[Record] = []
        self._owed: dict[TopicPartition, int] = {}
        self._settling: asyncio.Task[None] | None = None
        self._watch = Watch(settings.stall_timeout_ms / 1000)

    async def poll(self, limit: int, wait: float) -> list[Record]:
        if not self._given:
            reader = await self._healthy()
            try:
                await self._read(reader, limit, wait)
            except TROUBLE as error:
                await self._give_up(error)
                raise unavailable(self._settings, "reading", error) from error
        return self._given[:limit]

    async def lag(self) -> dict[str, int]:
        """Of the partitions that are ours now."""
        if self._reader is None:
            return {}
        lag = Counter(record.message.topic for record in self._given)
        try:
            async with asyncio.timeout(self._patience):
                lag.update(await unread(self._reader))
        except TROUBLE as error:
            raise unavailable(self._settings, "asking for the ends of the partitions", error) from error
        return dict(lag)

    async def done(self, batch: Sequence[Record]) -> None:
        behind = {(record.message.topic, record.partition): record.offset + 1 for record in batch}
        self._given = [record for record in self._given if record.offset >= behind.get(_place(record), 0)]
        self._owed |= {TopicPartition(*place): offset for place, offset in behind.items()}
        if self._settling is None or self._settling.done():
            self._settling = asyncio.create_task(self._settle())

    async def join(self) -> None:
        """Never waits for the group: a rebalance may take a minute, and `poll` is where it is waited for."""
        options = self._settings.consumer(self._group)
        reader = AIOKafkaConsumer(**options, partition_assignment_strategy=(WholeTopics,))
        try:
            async with asyncio.timeout(self._patience):
                await reader.start()
                missing = set(self._topics) - await reader.topics()
        except BaseException as error:
            await _end(reader)
            if isinstance(error, TROUBLE):
                raise unavailable(self._settings, f"joining the group {self._group}", error) from error
            raise
        if missing:
            await _end(reader)
            raise lacking(self._settings, missing)
        reader.subscribe(self._topics, listener=self)
        self._reader = reader
        self._watch.progress()

    async def leave(self) -> None:
        await self._settled()
        if self._settling is not None:
            self._settling.cancel()
        reader, self._reader = self._reader, None
        if reader is not None:
            await _end(reader)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Reading starts again at the bookmarks, here or elsewhere, so what is done should be in them by then."""
        self._given = []
        await self._settled()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Nothing to do: `poll` reads what is ours now."""

    async def _healthy(self) -> Any:
        if self._reader is not None and (why := await self._watch.sees(self._reader, self._settings)):
            await self._give_up(why)
        if self._reader is None:
            await self.join()
        return self._reader

    async def _read(self, reader: Any, limit: int, wait: float) -> None:
        """What a rebalance takes from us meanwhile is not given: it empties the list that is being filled."""
        try:
            async with asyncio.timeout(wait + GRACE):
                while len(self._given) < limit:
                    wanted, patience = min(CHUNK, limit - len(self._given)), 0 if self._given else int(wait * 1000)
                    found = await reader.getmany(timeout_ms=patience, max_records=wanted)
                    if not found:
                        break
                    self._given += [_record(one) for row in found.values() for one in row]
        except TimeoutError:
            self._watch.hung = True
            return
        self._watch.hung = False
        if self._given:
            self._watch.progress()

    async def _settle(self) -> None:
        while self._owed and (reader := self._reader) is not None:
            owed, self._owed = self._owed, {}
            still_ours = {place: offset for place, offset in owed.items() if place in reader.assignment()}
            if not still_ours:  # aiokafka refuses to commit nothing
                continue
            try:
                async with asyncio.timeout(self._patience):
                    await reader.commit(still_ours)
            except TROUBLE as error:  # the batch will be read twice
                log().info("bookmarks did not move", group=self._group, error=described(error))

    async def _settled(self) -> None:
        if self._settling is not None:
            await asyncio.wait({self._settling}, timeout=self._patience)

    async def _give_up(self, why: BaseException | str) -> None:
        said = why if isinstance(why, str) else described(why)
        log().warning("reader is built anew", group=self._group, because=said)
        reader, self._reader, self._given = self._reader, None, []
        if reader is not None:
            await _end(reader)


async def _end(reader: Any) -> None:
    """Stop it within a bound. In a task of its own: `stop` may raise CancelledError although nobody cancelled us."""
    stopping = asyncio.create_task(reader.stop())
    await asyncio.wait({stopping}, timeout=STOP_SECONDS)
    if stopping.done() and not stopping.cancelled() and stopping.exception() is None:
        return
    stopping.cancel()
    tasks = [stopping, *_tasks(reader)]
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=STOP_SECONDS)
    with suppress(*TROUBLE):
        async with asyncio.timeout(STOP_SECONDS):
            await reader._client.close()


def _tasks(reader: Any) -> list[asyncio.Task[Any]]:
    """All that a reader which did not stop leaves running: it would heartbeat for ever and keep its partitions."""
    coordinator, fetcher = reader._coordinator, reader._fetcher
    tasks = [fetcher._fetch_task, *fetcher._pending_tasks] if fetcher else []
    if coordinator:
        tasks += [coordinator._coordination_task, coordinator._heartbeat_task, coordinator._commit_refresh_task]
    return [task for task in tasks if task is not None and not task.done()]


def _place(record: Record) -> tuple[str, int]:
    return record.message.topic, record.partition


def _record(found: Any) -> Record:
    """Other systems write to our topics too: what is absent is empty, and bytes that are no UTF-8 stop nobody."""
    try:
        key, headers = found.key.decode(), {name: text.decode() for name, text in found.headers}
    except (AttributeError, UnicodeDecodeError):
        key = (found.key or b"").decode(errors="replace")
        headers = {name: (text or b"").decode(errors="replace") for name, text in found.headers}
    return Record(Message(found.topic, key, found.value or b"", headers), found.partition, found.offset)
