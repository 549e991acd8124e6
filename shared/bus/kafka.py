"""The bus on Apache Kafka: publishing, topics, and the way to a consumer.

The promise: `publish` returns when every in-sync broker has the batch, or raises `BusUnavailable` within its time-out.
An idempotent producer never gives up by itself and hangs while the broker is away, so each one that met trouble is
thrown away, with all it still held, and the next publish makes another.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import for_code

from shared.bus import BusUnavailable, Message, retention_of
from shared.bus.kafka_consumer import KafkaConsumer
from shared.bus.kafka_errors import TROUBLE, unavailable
from shared.bus.kafka_logs import spare_the_log
from shared.bus.kafka_settings import BATCH_BYTES, KafkaSettings
from shared.bus.murmur2 import partition_of

CLOSE_SECONDS = 5.0
MADE, THERE_ALREADY = 0, 36  # Kafka's answers to the wish for a topic
spare_the_log()


Wire = tuple[str, bytes, bytes, list[tuple[str, bytes]]]  # topic, key, value, headers


class KafkaBus:
    def __init__(self, settings: KafkaSettings) -> None:
        self.settings = settings
        self._producer: Any = None
        self._waiting: list[tuple[list[Wire], asyncio.Future[None]]] = []
        self._sending: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    @classmethod
    def from_url(cls, url: str) -> "KafkaBus":
        return cls(KafkaSettings.from_url(url))

    async def publish(self, messages: Sequence[Message]) -> None:
        """What waits while a send is under way goes together with the next: aiokafka takes one batch at a time per
        partition, and made concurrent callers time out within a fraction of a second when they queued for it.
        """
        batch = [_wire(message) for message in messages]
        self._refuse_if_closed()
        if batch:
            sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((batch, sent))
            if self._sending is None or self._sending.done():
                self._sending = asyncio.create_task(self._send_waiting())
            await sent

    @asynccontextmanager
    async def consume(self, group: str, topics: Sequence[str]) -> AsyncIterator[KafkaConsumer]:
        consumer = KafkaConsumer(self.settings, group, topics)
        await consumer.join()
        try:
            yield consumer
        finally:
            await consumer.leave()

    async def create_topics(self, partitions: dict[str, int]) -> None:
        """Returns when they can be used, which on a real cluster is a moment after they were made."""
        async with self._admin("making topics") as admin:
            answer = await admin.create_topics([_topic(name, n, self.settings) for name, n in partitions.items()])
            for name, code, *why in answer.topic_errors:
                if code not in (MADE, THERE_ALREADY):
                    raise BusUnavailable(f"Kafka refused to make the topic {name}: {for_code(code).__name__} {why}")
            while not await _all_led(admin, list(partitions)):  # noqa: ASYNC110  (a broker sets no Event of ours)
                await asyncio.sleep(0.05)

    async def ping(self) -> None:
        async with self._admin("answering a ping") as admin:
            await admin.describe_cluster()

    async def close(self) -> None:
        self._closed = True
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait({self._sending})
        self._answer(self._waiting, BusUnavailable("The bus was closed while publishing; it may have happened or not."))
        self._throw_away(self._producer)
        if self._ending:
            await asyncio.wait(self._ending, timeout=2 * CLOSE_SECONDS)

    async def _send_waiting(self) -> None:
        """Who came while a send failed is told so too, and not after a second wait: trying again is up to them."""
        while taken := len(self._waiting):
            try:
                await self._send([wire for batch, _ in self._waiting for wire in batch])
            except BusUnavailable as trouble:
                self._answer(self._waiting, trouble)
            else:
                self._answer(self._waiting[:taken], None)

    def _answer(self, asked: list[tuple[list[Wire], asyncio.Future[None]]], trouble: BusUnavailable | None) -> None:
        self._waiting = self._waiting[len(asked) :]
        for _, sent in asked:
            if sent.done():
                continue
            if trouble:
                sent.set_exception(trouble)
            else:
                sent.set_result(None)

    async def _send(self, batch: list[Wire]) -> None:
        producer = self._producer
        try:
            async with asyncio.timeout(self.settings.publish_timeout_ms / 1000):
                producer = await self._started()
                await _deliver(producer, batch)
        except Exception as error:  # also what aiokafka should not raise: the next producer starts afresh
            self._throw_away(producer)
            raise unavailable(self.settings, "publishing", error) from error

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise BusUnavailable("This bus was closed. Open it again to go on.")

    async def _started(self) -> Any:
        if self._producer is None:
            producer = AIOKafkaProducer(**self.settings.producer())
            try:
                await producer.start()
            except BaseException:
                self._throw_away(producer)
                raise
            self._producer = producer
        return self._producer

    def _throw_away(self, producer: Any) -> None:
        if producer is None:
            return
        if producer is self._producer:
            self._producer = None
        ending = asyncio.create_task(_end(producer))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    @asynccontextmanager
    async def _admin(self, doing: str) -> AsyncIterator[Any]:
        """A connection of its own, so that it says how the broker is and not how the producer fares."""
        admin = AIOKafkaAdminClient(**self.settings.connection())
        try:
            async with asyncio.timeout(self.settings.request_timeout_ms / 1000):
                await admin.start()
                yield admin
        except TROUBLE as error:
            raise unavailable(self.settings, doing, error) from error
        finally:
            await admin.close()


async def _deliver(producer: Any, wires: list[Wire]) -> None:
    """Batches of our own, one row of them per partition: half the cost of `send`, and the order per key is kept."""
    partitions = {topic: len(await producer.partitions_for(topic)) for topic in {wire[0] for wire in wires}}
    rows: defaultdict[tuple[str, int], list[Wire]] = defaultdict(list)
    for wire in wires:
        rows[wire[0], partition_of(wire[1], partitions[wire[0]])].append(wire)
    answers = [answer for place, row in rows.items() for answer in await _submit(producer, *place, row)]
    await asyncio.gather(*answers)


async def _submit(producer: Any, topic: str, partition: int, row: list[Wire]) -> list[asyncio.Future[Any]]:
    answers, batch = [], producer.create_batch()
    for _, key, value, headers in row:
        while batch.append(timestamp=None, key=key, value=value, headers=headers) is None:  # it is full
            answers.append(await producer.send_batch(batch, topic, partition=partition))
            batch = producer.create_batch()
    answers.append(await producer.send_batch(batch, topic, partition=partition))
    return answers


def _wire(message: Message) -> Wire:
    """Text that UTF-8 cannot hold and values that no try would bring over fail here, for their caller alone."""
    if len(message.value) > BATCH_BYTES:
        raise ValueError(
            f"A message on {message.topic} has {len(message.value)} bytes, at most {BATCH_BYTES} are possible: "
            "publish a reference to it instead."
        )
    headers = [(name, value.encode()) for name, value in message.headers.items()]
    return message.topic, message.key.encode(), message.value, headers


async def _end(producer: Any) -> None:
    """Stop it without letting it send what it still holds: that was promised to nobody, and its sender tries again."""
    producer._closed = True  # stop() would first flush, which is just what must not happen
    sender = producer._sender.sender_task
    if sender is not None:
        sender.cancel()
    with suppress(*TROUBLE):
        async with asyncio.timeout(CLOSE_SECONDS):
            await producer.client.close()
    if sender is not None:
        await asyncio.wait({sender}, timeout=CLOSE_SECONDS)


def _topic(name: str, partitions: int, settings: KafkaSettings) -> NewTopic:
    keeping = {"retention.ms": str(int(retention_of(name) * 1000))}
    topic = NewTopic(name, partitions, 1, topic_configs=keeping)
    topic.replication_factor = settings.replication_factor  # the constructor refuses -1, the broker's own default
    return topic


async def _all_led(admin: Any, topics: list[str]) -> bool:
    """Whether each topic is known and each of its partitions has a leader."""
    known = await admin.describe_topics(topics)
    return all(topic["error_code"] == MADE and all(p["leader"] >= 0 for p in topic["partitions"]) for topic in known)
