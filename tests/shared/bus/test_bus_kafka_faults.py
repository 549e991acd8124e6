"""A broker that is killed, away or frozen, really: nothing lost, nothing hangs, all goes on by itself."""

import asyncio
import time
from collections import defaultdict

import pytest

from shared.bus import BusUnavailable
from shared.bus.kafka import KafkaBus
from tests.real.kafka import Broker
from tests.shared.bus.conftest import QUICK, given, joined, make, numbered, read_on, told


async def refused_within(seconds: float, bus: KafkaBus, topic: str) -> str:
    began = time.monotonic()
    with pytest.raises(BusUnavailable) as trouble:
        await bus.publish(numbered(topic, 3))
    assert time.monotonic() - began < seconds
    return str(trouble.value)


async def test_a_broker_killed_under_load_loses_and_doubles_nothing(hurt: Broker, topic: str) -> None:
    messages = numbered(topic, 3000, keys=30)
    bus = KafkaBus.from_url(f"{hurt.url}?{QUICK}&request_timeout_ms=5000&publish_timeout_ms=120000")
    await make(hurt, topic, partitions=6)

    under_way = asyncio.Event()

    async def load() -> None:
        for start in range(0, 3000, 20):
            await bus.publish(messages[start : start + 20])
            if start == 600:
                under_way.set()

    async with bus.consume("load", [topic]) as consumer:
        loading = asyncio.create_task(load())
        reading = asyncio.create_task(read_on(consumer, {message.value for message in messages}))
        await under_way.wait()
        hurt.kill()
        await asyncio.to_thread(hurt.start)
        await loading
        found = await reading
    await bus.close()
    places = {(record.partition, record.offset): record for record in found}  # reading twice is allowed, storing is not
    by_key: defaultdict[str, list[int]] = defaultdict(list)
    for _, record in sorted(places.items()):
        by_key[record.message.key].append(int(record.message.value))
    assert by_key == {f"key-{k}": list(range(k, 3000, 30)) for k in range(30)}


async def test_a_broker_that_is_away_is_said_in_time_and_its_return_noticed(
    hurt: Broker, impatient: KafkaBus, topic: str
) -> None:
    bus = impatient
    await told(bus, numbered(topic, 3))
    async with joined(bus, "away", topic) as consumer:
        await consumer.done(await given(consumer))
        async with joined(bus, "leaving", topic) as leaving:
            await leaving.done(await given(leaving))
            hurt.kill()
            began = time.monotonic()
        assert time.monotonic() - began < 60  # leaving a group that cannot be told is not waiting for ever
        await refused_within(60, bus, topic)
        assert "security_protocol" in await refused_within(60, bus, topic)  # the second makes a producer, and cannot
        with pytest.raises(BusUnavailable, match="No Kafka answers"):
            await bus.ping()
        began = time.monotonic()
        with pytest.raises(BusUnavailable):
            while time.monotonic() - began < 2:
                assert await consumer.poll(10, wait=0.1) == []
            raise BusUnavailable("not raised by poll, which is as good")
        await asyncio.to_thread(hurt.start)
        messages = numbered(topic, 30)
        await told(bus, messages)
        await read_on(consumer, {message.value for message in messages})


async def test_a_frozen_broker_stops_nobody_for_longer_than_the_time_out(
    hurt: Broker, impatient: KafkaBus, topic: str
) -> None:
    bus = impatient
    await told(bus, numbered(topic, 3))
    async with joined(bus, "frozen", topic) as consumer:
        batch = await given(consumer)
        hurt.freeze()
        assert "did not answer in time" in await refused_within(60, bus, topic)
        with pytest.raises(BusUnavailable, match="did not answer in time"):
            await bus.ping()
        began = time.monotonic()
        await consumer.done(batch)
        assert await consumer.poll(10, wait=0.2) == []
        assert time.monotonic() - began < 60  # a bound on "for ever", not a figure
        hurt.thaw()
        messages = numbered(topic, 30)
        await told(bus, messages)
        await read_on(consumer, {message.value for message in messages})
