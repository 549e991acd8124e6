"""Connections to the broker that are open and dead: nobody waits for longer than its time-out, and all goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.bus.kafka import KafkaBus
from tests.real.kafka import Broker, running
from tests.real.kafka_parts import KafkaMissing
from tests.real.proxy import Proxy, proxy
from tests.real.required import absent
from tests.shared.bus.conftest import IMPATIENT, joined, make, numbered, read_on, told


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
    bus = KafkaBus.from_url(f"kafka://127.0.0.1:{between.port}?{IMPATIENT}")
    await make(broker, topic, partitions=6)
    async with joined(bus, "half-open", topic) as consumer:
        await told(bus, numbered(topic, 30, keys=30))
        await read_on(consumer, {message.value for message in numbered(topic, 30, keys=30)})
        between.fall_silent()
        messages = [*numbered(topic, 60, keys=30)][30:]
        await told(bus, messages)
        await read_on(consumer, {message.value for message in messages})
    await bus.close()
    assert between.silenced >= 2
