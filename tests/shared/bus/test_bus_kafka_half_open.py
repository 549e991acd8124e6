"""Connections to the broker that are open and dead: nobody waits for longer than its time-out, and all goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.bus import BusUnavailable, Message
from shared.bus.kafka import KafkaBus
from tests.eventually import eventually
from tests.real.kafka import Broker, running
from tests.real.kafka_parts import KafkaMissing
from tests.real.proxy import Proxy, proxy
from tests.real.required import absent
from tests.shared.bus.conftest import QUICK, make, numbered, read, read_on


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[tuple[Broker, Proxy]]:
    """A broker that tells its clients to come by a proxy."""
    broker = Broker(tmp_path / "kafka")
    host, _, port = broker.bootstrap.rpartition(":")
    try:
        with proxy((host, int(port))) as between:
            broker.advertised = between.port
            with running(broker):
                yield broker, between
    except KafkaMissing as missing:
        absent("kafka", str(missing))


async def test_connections_that_fell_silent_are_given_up_and_made_anew(
    behind: tuple[Broker, Proxy], topic: str
) -> None:
    broker, between = behind
    bus = KafkaBus.from_url(f"kafka://127.0.0.1:{between.port}?{QUICK}&request_timeout_ms=1500&publish_timeout_ms=2000")
    await make(broker, topic, partitions=6)
    async with bus.consume("half-open", [topic]) as consumer:
        await bus.publish(numbered(topic, 30, keys=30))
        await read(consumer, 30)
        between.fall_silent()
        messages = [*numbered(topic, 60, keys=30)][30:]
        await eventually(lambda: published(bus, messages), seconds=60)
        await read_on(consumer, {message.value for message in messages})
    await bus.close()
    assert between.silenced >= 2


async def published(bus: KafkaBus, messages: list[Message]) -> bool:
    try:
        await bus.publish(messages)
    except BusUnavailable:
        return False
    return True
