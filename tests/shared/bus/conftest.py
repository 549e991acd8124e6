"""Both buses behind one fixture: `stack` opens the same bus again and again, which is what a restart is.

For Kafka alone: `bus`, `topic`, `impatient`, and `hurt`, the broker for tests that harm it.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest

from shared.bus import Bus, BusUnavailable, Consumer, Message, Record, open_bus
from shared.bus.kafka import KafkaBus
from shared.ids import new_id
from tests.eventually import eventually
from tests.real.kafka import Broker

QUICK = "session_timeout_ms=2000&heartbeat_interval_ms=300"
"""For members that die: others soon take their partitions on."""
CALM = "session_timeout_ms=120000&heartbeat_interval_ms=300&request_timeout_ms=90000&publish_timeout_ms=90000"
"""For everybody else: a broker or a member that stood still for a while is not taken for dead."""
IMPATIENT = f"{QUICK}&request_timeout_ms=1500&publish_timeout_ms=2000"


class Stack:
    """A place where a bus keeps its log, and a topic that no other test uses."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.topic = new_id("top")

    @asynccontextmanager
    async def bus(self, topics: dict[str, int] | None = None) -> AsyncIterator[Bus]:
        bus = open_bus(self.url)
        try:
            await bus.create_topics(topics or {self.topic: 6})
            yield bus
        finally:
            await bus.close()


@pytest.fixture(params=["sqlite", "kafka"])
def stack(request: pytest.FixtureRequest, tmp_path: Path) -> Stack:
    if request.param == "sqlite":
        return Stack(f"sqlite:///{tmp_path}/bus.db")
    broker: Broker = request.getfixturevalue("kafka")
    return Stack(f"{broker.url}?{CALM}")


async def read(consumer: Consumer, count: int, done: bool = True, limit: int = 500) -> list[Record]:
    """Poll until that many came, or fail: ninety polls in a row without a record are the end of patience."""
    found: list[Record] = []
    idle = 0
    while len(found) < count and idle < 90:
        batch = await consumer.poll(limit, wait=1)
        idle = 0 if batch else idle + 1
        found += batch
        if done and batch:
            await consumer.done(batch)
        elif found:
            break
    assert len(found) >= count, f"expected {count} records, got {len(found)}"
    return found


def numbered(topic: str, count: int, keys: int = 1) -> list[Message]:
    return [Message(topic, f"key-{n % keys}", str(n).encode()) for n in range(count)]


def values(records: list[Record]) -> list[bytes]:
    return [record.message.value for record in records]


@pytest.fixture
def topic() -> str:
    return new_id("top")


@pytest.fixture
async def bus(kafka: Broker, topic: str) -> AsyncIterator[KafkaBus]:
    async with _on(kafka, topic, CALM) as opened:
        yield opened


@pytest.fixture
async def impatient(kafka: Broker, topic: str) -> AsyncIterator[KafkaBus]:
    """So that a broker that is away is soon told apart from patience."""
    async with _on(kafka, topic, IMPATIENT) as opened:
        yield opened


@asynccontextmanager
async def _on(kafka: Broker, topic: str, options: str) -> AsyncIterator[KafkaBus]:
    await make(kafka, topic, partitions=6)
    bus = KafkaBus.from_url(f"{kafka.url}?{options}")
    yield bus
    await bus.close()


@asynccontextmanager
async def joined(bus: KafkaBus, group: str, topic: str) -> AsyncIterator[Consumer]:
    """A member of an impatient bus, as soon as it was let in."""

    async def entered() -> Consumer | None:
        with suppress(BusUnavailable):
            return await inside.enter_async_context(bus.consume(group, [topic]))
        return None

    async with AsyncExitStack() as inside:
        yield await eventually(entered)


async def given(consumer: Consumer) -> list[Record]:
    """The first that it is given, whatever trouble it has at first."""

    async def polled() -> list[Record]:
        with suppress(BusUnavailable):
            return await consumer.poll(100, wait=0.5)
        return []

    return await eventually(polled)


async def told(bus: KafkaBus, messages: list[Message]) -> None:
    """By one that is impatient, to a broker that is well: again, until it is answered in time."""

    async def published() -> bool:
        with suppress(BusUnavailable):
            await bus.publish(messages)
            return True
        return False

    await eventually(published)


@pytest.fixture
def hurt(kafka: Broker) -> Iterator[Broker]:
    """The broker, for tests that harm it; afterwards it is well again."""
    if not kafka.ours:
        pytest.skip("KAFKA_BOOTSTRAP names a broker that is not ours to harm")
    yield kafka
    kafka.thaw()
    if not kafka.alive:
        kafka.start()


async def make(kafka: Broker, topic: str, partitions: int) -> None:
    patient = KafkaBus.from_url(f"{kafka.url}?request_timeout_ms=90000")
    await patient.create_topics({topic: partitions})
    await patient.close()


async def read_on(consumer: Consumer, wanted: set[bytes]) -> list[Record]:
    """What a worker does: poll, go on after trouble, until all that is wanted was seen."""
    found: list[Record] = []
    async with asyncio.timeout(120):
        while not wanted <= set(values(found)):
            try:
                batch = await consumer.poll(100, wait=0.2)
            except BusUnavailable:
                await asyncio.sleep(0.1)
                continue
            found += batch
            await consumer.done(batch)
    return found
