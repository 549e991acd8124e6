"""What befalls a member of a Kafka group: it is expelled, overtaken, stuck or restarted, and nothing is passed over."""

import asyncio
from typing import Any

import pytest
from aiokafka.cluster import ClusterMetadata
from aiokafka.protocol.group import LeaveGroupRequest

from shared.bus import Message
from shared.bus.kafka import KafkaBus
from shared.bus.kafka_consumer import CHUNK, WholeTopics
from tests.real.kafka import Broker
from tests.shared.bus.conftest import CALM, make, numbered, read, read_on, values


async def test_what_was_given_before_a_rebalance_and_not_done_is_read_by_somebody(bus: KafkaBus, topic: str) -> None:
    messages = numbered(topic, 120, keys=60)
    await bus.publish(messages)
    async with bus.consume("rebalance", [topic]) as one:
        held = await read(one, 1, done=False)
        async with bus.consume("rebalance", [topic]) as two:
            theirs = await read(two, 1, done=False)  # so `two` has joined, and part of what `one` held is now its own
            ours = await read(one, 1, done=False)
            assert {record.partition for record in ours}.isdisjoint(record.partition for record in theirs)
            await one.done(held)
            seen = set(values(held))
            async with asyncio.timeout(90):
                while seen != {message.value for message in messages}:
                    for member in (one, two):
                        batch = await member.poll(100, wait=0.2)
                        seen |= set(values(batch))
                        await member.done(batch)


async def test_what_a_rebalance_takes_in_the_middle_of_a_read_is_not_given(
    bus: KafkaBus, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = numbered(topic, CHUNK + 20)
    await bus.publish(messages)
    async with bus.consume("middle", [topic]) as consumer:
        assert values(await read(consumer, 1, limit=1)) == [b"0"]
        reading, chunks = consumer._reader.getmany, 0

        async def getmany(**how: Any) -> Any:
            nonlocal chunks
            chunks += 1
            if chunks == 2:
                await consumer.on_partitions_revoked([])
            return await reading(**how)

        monkeypatch.setattr(consumer._reader, "getmany", getmany)
        assert values(await consumer.poll(500, wait=90)) == [one.value for one in messages[CHUNK + 1 :]]


async def test_a_commit_refused_by_a_group_that_expelled_us_costs_a_second_reading(bus: KafkaBus, topic: str) -> None:
    messages = numbered(topic, 12)
    await bus.publish(messages)
    async with bus.consume("expelled", [topic]) as consumer:
        batch = await read(consumer, 12, done=False)
        coordinator = consumer._reader._coordinator
        await coordinator._send_req(LeaveGroupRequest("expelled", coordinator.member_id))
        await consumer.done(batch)
        assert values(await read(consumer, 12)) == values(batch)


async def test_a_member_that_died_without_done_leaves_its_batch_to_the_next(bus: KafkaBus, topic: str) -> None:
    messages = numbered(topic, 30, keys=30)
    await bus.publish(messages)
    async with bus.consume("died", [topic]) as one:
        await read(one, 1, done=False)
    async with bus.consume("died", [topic]) as two:
        assert {message.value for message in messages} == set(values(await read(two, 30)))


async def test_a_reader_whose_fetch_task_died_is_built_anew(bus: KafkaBus, topic: str) -> None:
    async with bus.consume("fetch", [topic]) as consumer:
        await bus.publish(numbered(topic, 5))
        await read(consumer, 5)
        broken = consumer._reader
        broken._fetcher._fetch_task.cancel()
        await asyncio.wait({broken._fetcher._fetch_task})
        await bus.publish(numbered(topic, 3))
        await read(consumer, 3)
        assert consumer._reader is not broken


async def test_a_reader_that_lags_and_makes_no_progress_is_built_anew(kafka: Broker, topic: str) -> None:
    bus = KafkaBus.from_url(f"{kafka.url}?{CALM}&stall_timeout_ms=500")
    await make(kafka, topic, partitions=2)
    async with bus.consume("stall", [topic]) as consumer:
        await bus.publish(numbered(topic, 2))
        await read(consumer, 2)
        stuck = consumer._reader
        stuck.pause(*stuck.assignment())  # alive in all respects, and fetches nothing
        await asyncio.sleep(0.6)  # a pause takes hold with the next fetch
        messages = numbered(topic, 8)
        while consumer._reader is stuck:  # what was asked for before the pause may come once
            await bus.publish(messages)
            await read_on(consumer, {message.value for message in messages})
    await bus.close()


async def test_a_quiet_topic_or_a_member_without_partitions_is_no_reason_to_build_anew(
    kafka: Broker, topic: str
) -> None:
    bus = KafkaBus.from_url(f"{kafka.url}?{CALM}&stall_timeout_ms=100")
    await make(kafka, topic, partitions=1)
    async with bus.consume("quiet", [topic]) as one, bus.consume("quiet", [topic]) as two:
        members = (one, two)
        readers = [member._reader for member in members]
        for _ in range(6):
            assert await asyncio.gather(*(member.poll(1, wait=0.2) for member in members)) == [[], []]
        assert [member._reader for member in members] == readers
    await bus.close()


async def test_a_member_with_a_stable_name_returns_to_its_partitions(kafka: Broker, topic: str) -> None:
    for expected in (b"first", b"second"):
        bus = KafkaBus.from_url(f"{kafka.url}?{CALM}&instance_id=worker-1")
        await make(kafka, topic, partitions=6)
        await bus.publish([Message(topic, "key-0", expected)])
        async with bus.consume("stable", [topic]) as consumer:
            assert values(await read(consumer, 1)) == [expected]
        await bus.close()


async def test_a_group_whose_leader_did_not_know_the_topic_yet_is_joined_again_and_reads(
    bus: KafkaBus, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, blank = WholeTopics.assign, [ClusterMetadata()]

    def assign(cls: type, cluster: ClusterMetadata, members: Any) -> Any:
        return real(blank.pop() if blank else cluster, members)

    monkeypatch.setattr(WholeTopics, "assign", classmethod(assign))
    messages = numbered(topic, 12)
    await bus.publish(messages)
    async with bus.consume("unknown", [topic]) as consumer:
        await read_on(consumer, {message.value for message in messages})
    assert not blank
