"""What both buses promise, and what only one of them can."""

import asyncio
import time
from collections import defaultdict

import pytest

from shared.bus import BusUnavailable, Consumer, Message
from tests.shared.bus.conftest import Stack, numbered, read, values


async def test_messages_of_one_key_stay_in_order_across_batches(stack: Stack) -> None:
    messages = numbered(stack.topic, 300, keys=7)
    async with stack.bus() as bus:
        for start in range(0, 300, 30):
            await bus.publish(messages[start : start + 30])
        async with bus.consume("order", [stack.topic]) as consumer:
            found = await read(consumer, 300, limit=40)
    by_key: defaultdict[str, list[int]] = defaultdict(list)
    for record in found:
        by_key[record.message.key].append(int(record.message.value))
    assert by_key == {f"key-{k}": [n for n in range(300) if n % 7 == k] for k in range(7)}


async def test_a_group_reads_several_topics(stack: Stack) -> None:
    other = stack.topic + "-other"
    async with stack.bus({stack.topic: 2, other: 2}) as bus:
        await bus.publish([Message(stack.topic, "k", b"one"), Message(other, "k", b"two")])
        async with bus.consume("several", [stack.topic, other]) as consumer:
            found = await read(consumer, 2)
    assert {(record.message.topic, record.message.value) for record in found} == {
        (stack.topic, b"one"),
        (other, b"two"),
    }


async def test_two_groups_each_get_everything(stack: Stack) -> None:
    async with stack.bus() as bus:
        await bus.publish(numbered(stack.topic, 20))
        async with bus.consume("one", [stack.topic]) as one, bus.consume("two", [stack.topic]) as two:
            assert values(await read(one, 20)) == values(await read(two, 20))


async def test_what_was_not_done_is_given_again_first_and_in_the_same_order(stack: Stack) -> None:
    async with stack.bus() as bus:
        await bus.publish(numbered(stack.topic, 20, keys=5))
        async with bus.consume("again", [stack.topic]) as consumer:
            first = await read(consumer, 1, done=False)
            await bus.publish(numbered(stack.topic, 5))
            second = await consumer.poll(500, wait=90)
    assert second[: len(first)] == first


async def test_what_was_not_done_is_given_again_after_reopening(stack: Stack) -> None:
    async with stack.bus() as bus:
        await bus.publish(numbered(stack.topic, 20))
        async with bus.consume("reopen", [stack.topic]) as consumer:
            first = await read(consumer, 20, done=False)
    async with stack.bus() as bus, bus.consume("reopen", [stack.topic]) as consumer:
        assert await read(consumer, 20, done=False) == first


async def test_done_moves_on_also_behind_a_part_of_a_batch(stack: Stack) -> None:
    async with stack.bus() as bus:
        await bus.publish(numbered(stack.topic, 20))
        async with bus.consume("part", [stack.topic]) as consumer:
            batch = await read(consumer, 20, done=False)
            await consumer.done(batch[:15])
            assert await consumer.poll(500, wait=90) == batch[15:]
    async with stack.bus() as bus, bus.consume("part", [stack.topic]) as consumer:
        assert await read(consumer, 5, done=False) == batch[15:]


async def test_a_limit_is_kept(stack: Stack) -> None:
    async with stack.bus() as bus:
        await bus.publish(numbered(stack.topic, 20))
        async with bus.consume("limit", [stack.topic]) as consumer:
            first = await read(consumer, 3, done=False, limit=3)
            assert values(first) == [b"0", b"1", b"2"]
            assert await consumer.poll(2, wait=90) == first[:2]


async def test_a_great_many_come_once_each_and_in_the_order_of_their_key(stack: Stack) -> None:
    messages = numbered(stack.topic, 450, keys=7)
    async with stack.bus() as bus:
        await bus.publish(messages)
        async with bus.consume("many", [stack.topic]) as consumer:
            found = [record.message for record in await read(consumer, 450, limit=230)]
    assert len(found) == 450
    for key in {message.key for message in messages}:
        assert [one for one in found if one.key == key] == [one for one in messages if one.key == key]


async def test_what_waits_for_a_reader_is_told_by_topic(stack: Stack) -> None:
    async with stack.bus() as bus:
        await bus.publish(numbered(stack.topic, 5))
        async with bus.consume("lag", [stack.topic]) as consumer:
            batch = await read(consumer, 5, done=False)
            waiting = [await consumer.lag()]
            await consumer.done(batch[:3])
            waiting.append(await consumer.lag())
            await consumer.done(batch)
            waiting.append(await consumer.lag())
            assert waiting == [{stack.topic: 5}, {stack.topic: 2}, {stack.topic: 0}]


async def test_a_new_group_starts_at_the_beginning(stack: Stack) -> None:
    async with stack.bus() as bus:
        await bus.publish(numbered(stack.topic, 5))
        async with bus.consume("old", [stack.topic]) as consumer:
            await read(consumer, 5)
    async with stack.bus() as bus, bus.consume("new", [stack.topic]) as consumer:
        assert values(await read(consumer, 5)) == [b"0", b"1", b"2", b"3", b"4"]


async def test_an_empty_poll_returns_within_its_wait(stack: Stack) -> None:
    async with stack.bus() as bus, bus.consume("empty", [stack.topic]) as consumer:
        began = time.monotonic()
        assert await consumer.poll(10, wait=0.2) == []
        assert 0.15 < time.monotonic() - began < 60  # it waits, and not for ever


async def test_a_waiting_poll_is_woken_by_a_publish(stack: Stack) -> None:
    async with stack.bus() as bus, bus.consume("woken", [stack.topic]) as consumer:
        await bus.publish([Message(stack.topic, "k", b"the group has settled when this one came")])
        await read(consumer, 1)
        waiting = asyncio.create_task(consumer.poll(10, wait=120))
        began = time.monotonic()
        await bus.publish([Message(stack.topic, "k", b"wake up")])
        assert values(await waiting) == [b"wake up"]
        assert time.monotonic() - began < 100  # before its own wait is over


async def test_headers_keys_and_bytes_arrive_exactly(stack: Stack) -> None:
    sent = [
        Message(stack.topic, "Zoë 東京 🌧", bytes(range(256)), {"ce_type": "lead.captured", "ce_note": "ß\n\t "}),
        Message(stack.topic, "Zoë 東京 🌧", b""),
        Message(stack.topic, "Zoë 東京 🌧", b"{}", {"content-type": "application/json", "empty": ""}),
    ]
    async with stack.bus() as bus:
        await bus.publish(sent)
        async with bus.consume("exact", [stack.topic]) as consumer:
            assert [record.message for record in await read(consumer, 3)] == sent


async def test_topics_can_be_made_again_and_nothing_changes(stack: Stack) -> None:
    async with stack.bus() as bus:
        await bus.publish(numbered(stack.topic, 3))
        await bus.create_topics({stack.topic: 12})
        async with bus.consume("again", [stack.topic]) as consumer:
            assert values(await read(consumer, 3)) == [b"0", b"1", b"2"]


async def test_a_batch_of_a_thousand_and_one_of_none_are_published(stack: Stack) -> None:
    async with stack.bus() as bus:
        await bus.publish([])
        await bus.publish(numbered(stack.topic, 1000, keys=50))
        async with bus.consume("many", [stack.topic]) as consumer:
            assert sorted(map(int, values(await read(consumer, 1000)))) == list(range(1000))


async def test_concurrent_publishes_all_arrive(stack: Stack) -> None:
    async with stack.bus() as bus:
        await asyncio.gather(*(bus.publish([message]) for message in numbered(stack.topic, 200, keys=200)))
        async with bus.consume("concurrent", [stack.topic]) as consumer:
            assert sorted(map(int, values(await read(consumer, 200)))) == list(range(200))


async def test_a_key_that_is_no_text_fails_for_its_caller_alone(stack: Stack) -> None:
    async with stack.bus() as bus:
        with pytest.raises(UnicodeEncodeError):
            await bus.publish([Message(stack.topic, "\ud800", b"")])
        await bus.publish(numbered(stack.topic, 1))


async def test_a_bus_that_is_up_answers_a_ping_and_a_closed_one_says_so(stack: Stack) -> None:
    async with stack.bus() as bus:
        await bus.ping()
    with pytest.raises(BusUnavailable, match="closed"):
        await bus.publish(numbered(stack.topic, 1))


async def test_two_members_share_a_topic_without_loss(stack: Stack, request: pytest.FixtureRequest) -> None:
    patience = 90.0
    if stack.url.startswith("sqlite"):
        patience = 0.5
        standby = pytest.mark.xfail(strict=True, raises=TimeoutError, reason="one active member, the second stands by")
        request.applymarker(standby)
    async with (
        stack.bus() as bus,
        bus.consume("shared", [stack.topic]) as one,
        asyncio.timeout(patience),
        bus.consume("shared", [stack.topic]) as two,
    ):
        read_by: dict[Consumer, set[bytes]] = {one: set(), two: set()}
        while not all(read_by.values()) or len(set.union(*read_by.values())) < 400:
            await bus.publish(numbered(stack.topic, 400, keys=40))  # again: the second may come late to the first
            for member, mine in read_by.items():
                while batch := await member.poll(50, wait=0.2):
                    mine |= set(values(batch))
                    await member.done(batch)
