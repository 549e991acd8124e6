"""Facts leave with the change, and have their effect once: outbox, bus and inbox together, on both databases."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlmodel import Session

from shared import deadletters
from shared.bus import Bus, BusUnavailable, Message, Record, open_bus
from shared.database import Database, Tx
from shared.database.tables import KERNEL
from shared.events.cloudevents import decode
from shared.events.inbox import Inbox
from shared.events.outbox import Relay, take
from shared.problems import Problem, unavailable
from tests.fixtures import MakeDatabase
from tests.shared.facts import BY, METADATA, BellHeard, BellRang, count_up, dawdle, hang, rang, ring, rings


@pytest.fixture
async def db(make_database: MakeDatabase) -> Database:
    return make_database(METADATA)


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    bus = open_bus(f"sqlite:///{tmp_path}/bus.db")
    await bus.create_topics({"test-bells": 1, "test-ears": 1})
    yield bus
    await bus.close()


@pytest.fixture
def inbox(db: Database, bus: Bus) -> Inbox:
    return Inbox(db, bus, group="rainmaker-test", handlers={BellRang: [count_up]})


async def handle_all(inbox: Inbox) -> None:
    async with inbox.bus.consume(inbox.group, inbox.topics) as consumer:
        while await inbox.take_some(consumer, wait=0.1):
            pass


async def read_all(bus: Bus, topic: str) -> list[Message]:
    async with bus.consume("reader", [topic]) as consumer:
        return [record.message for record in await consumer.poll(10_000, 0.1)]


def numbers(session: Session) -> dict[str, int]:
    return {row.bell: row.number for row in session.execute(select(rings))}


def backlog(session: Session) -> int:
    return int(session.execute(select(func.count()).select_from(KERNEL.outbox)).scalar_one())


async def test_a_fact_reaches_the_bus_as_it_was_stated_and_leaves_the_outbox(db: Database, bus: Bus) -> None:
    stated = rang("big")
    await db.write(ring, stated, by=BY)
    relay = Relay(db, bus)
    assert await relay.publish_some() == 1 and await relay.publish_some() == 0
    await relay.forget()
    (message,) = await read_all(bus, "test-bells")
    told = decode(message)
    assert isinstance(told, BellRang)
    assert (told.id, told.bell, told.sequence, told.occurred_at) == (stated.id, "big", 1, stated.occurred_at)
    assert await db.read(backlog) == 0


class Deaf:
    """A bus that cannot be reached."""

    async def publish(self, messages: Sequence[Message]) -> None:
        raise BusUnavailable("nobody answers")


async def test_facts_wait_while_the_bus_is_away(db: Database, bus: Bus) -> None:
    await db.write(ring, rang("big"), by=BY)
    with pytest.raises(BusUnavailable):
        await Relay(db, Deaf()).publish_some()  # type: ignore[arg-type]  # it has only what the relay asks of it
    assert await db.read(backlog) == 1
    assert await Relay(db, bus).publish_some() == 1


async def test_a_running_relay_publishes_what_is_committed(db: Database, bus: Bus) -> None:
    relay = asyncio.create_task(Relay(db, bus).run())
    await asyncio.gather(*(db.write(ring, rang(f"b{i}"), by=BY) for i in range(100)))
    async with asyncio.timeout(90), bus.consume("reader", ["test-bells"]) as consumer:
        seen: list[Record] = []
        while len(seen) < 100:
            batch = await consumer.poll(100, 0.5)
            seen += batch
            await consumer.done(batch)
    relay.cancel()
    assert {record.message.key for record in seen} == {f"b{i}" for i in range(100)}


async def test_an_event_has_its_effect_once_however_often_it_comes(db: Database, bus: Bus, inbox: Inbox) -> None:
    await db.write(hang, "big", "small", by=BY)
    await db.write(ring, rang("big", 1), rang("small", 1), rang("big", 2), by=BY)
    messages = (await db.read(lambda s: take(s, 10)))[1]
    await bus.publish(messages)
    await bus.publish(messages)
    await handle_all(inbox)
    await bus.publish(messages)
    await handle_all(inbox)
    assert await db.read(numbers) == {"big": 2, "small": 1}


async def test_what_a_handler_states_carries_its_cause_depth_and_trace(db: Database, bus: Bus, inbox: Inbox) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    event = BellRang(bell="big", sequence=1, occurred_at=rang("x").occurred_at, depth=3, traceparent=trace)
    await db.write(hang, "big", by=BY)
    await db.write(ring, event, by=BY)
    relay = Relay(db, bus)
    await relay.publish_some()
    await handle_all(inbox)
    await relay.publish_some()
    (heard,) = [decode(message) for message in await read_all(bus, "test-ears")]
    assert isinstance(heard, BellHeard)
    assert (heard.cause, heard.depth, heard.traceparent) == (event.id, 4, trace)


async def test_only_the_poison_event_of_a_batch_is_set_aside(db: Database, bus: Bus, inbox: Inbox) -> None:
    await db.write(hang, "a", "b", "poison", by=BY)
    await db.write(ring, rang("a"), rang("poison"), rang("b"), by=BY)
    await Relay(db, bus).publish_some()
    await handle_all(inbox)
    assert await db.read(numbers) == {"a": 1, "b": 1, "poison": 0}
    (letter,) = await db.read(deadletters.list_letters)
    assert (letter.message.key, letter.tries, letter.event_type) == ("poison", 5, "bell.rang")
    assert "ValueError" in letter.reason and letter.message.value == b'{"bell":"poison"}'


async def test_a_dead_letter_is_replayed_once_its_cause_is_mended(db: Database, bus: Bus, inbox: Inbox) -> None:
    await db.write(hang, "poison", by=BY)
    await db.write(ring, rang("poison"), by=BY)
    await Relay(db, bus).publish_some()
    await handle_all(inbox)
    (letter,) = await db.read(deadletters.list_letters)
    with pytest.raises(ValueError, match="cracked"):
        await inbox.replay(letter.id)

    def mended(tx: Tx, heard: Sequence[BellRang]) -> None:
        count_up(tx, [event.model_copy(update={"bell": "poison"}) for event in heard if event.bell != "poison"])
        tx.session.execute(rings.update().values(number=rings.c.number + 1))

    inbox.handlers = {BellRang: [mended]}
    await inbox.replay(letter.id)
    await db.write(lambda tx: tx.session.execute(KERNEL.inbox.delete()).close(), by=BY)  # as after sixty days
    with pytest.raises(Problem, match="409 conflict: It was replayed already"):
        await inbox.replay(letter.id)
    assert await db.read(numbers) == {"poison": 1}
    assert await db.read(deadletters.list_letters) == []


async def test_what_is_no_event_is_set_aside_and_an_unknown_type_is_skipped(
    db: Database, bus: Bus, inbox: Inbox
) -> None:
    await db.write(hang, "a", by=BY)
    await db.write(ring, rang("a"), by=BY)
    _, (good,) = await db.read(lambda s: take(s, 1))
    unknown = Message(good.topic, "k", b"{}", {**good.headers, "ce_id": "1", "ce_type": "who.knows"})
    newer = Message(good.topic, "k", b"{}", {**good.headers, "ce_id": "2", "ce_dataschema": "/schemas/bell.rang/9"})
    broken = Message(good.topic, "k", b"{", {**good.headers, "ce_id": "3"})
    await bus.publish([unknown, newer, broken, good])
    await handle_all(inbox)
    assert await db.read(numbers) == {"a": 1}
    letters = await db.read(deadletters.list_letters)
    assert [letter.message.value for letter in letters] == [b"{}", b"{"]


async def test_trouble_of_a_peer_never_sets_an_event_aside(db: Database, bus: Bus, inbox: Inbox) -> None:
    trouble = iter([unavailable("away"), OSError("cut"), TimeoutError()])

    def sometimes(tx: Tx, heard: Sequence[BellRang]) -> None:
        for error in trouble:
            raise error
        count_up(tx, heard)

    inbox.handlers = {BellRang: [sometimes]}
    await db.write(hang, "a", by=BY)
    await db.write(ring, rang("a"), by=BY)
    await Relay(db, bus).publish_some()
    await handle_all(inbox)
    assert await db.read(numbers) == {"a": 1} and await db.read(deadletters.list_letters) == []


async def test_a_batch_that_cannot_end_in_time_is_handled_one_by_one(
    db: Database, bus: Bus, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.events.inbox.BATCH_SECONDS", 0.5)

    def slow_together(tx: Tx, heard: Sequence[BellRang]) -> None:
        if len(heard) > 1:
            dawdle(tx)
        count_up(tx, heard)

    inbox.handlers = {BellRang: [slow_together]}
    await db.write(hang, "a", "b", by=BY)
    await db.write(ring, rang("a"), rang("b"), by=BY)
    await Relay(db, bus).publish_some()
    async with asyncio.timeout(90):
        await handle_all(inbox)
    assert await db.read(numbers) == {"a": 1, "b": 1} and await db.read(deadletters.list_letters) == []


async def test_a_fact_that_no_statement_can_take_is_set_aside_and_holds_nobody_up(
    db: Database, bus: Bus, inbox: Inbox
) -> None:
    """SQLite calls malformed JSON an operational error, as it does a full disk."""

    def unwrap(tx: Tx, heard: Sequence[BellRang]) -> None:
        on_sqlite = db.dialect == "sqlite"
        for event in heard:
            statement = "SELECT json_extract(:bell, '$.a')" if on_sqlite else "SELECT CAST(:bell AS json)"
            tx.session.execute(text(statement), {"bell": event.bell})
        count_up(tx, heard)

    inbox.handlers = {BellRang: [unwrap]}
    await db.write(hang, "{}", by=BY)
    await db.write(ring, rang("{"), rang("{}"), by=BY)
    await Relay(db, bus).publish_some()
    async with asyncio.timeout(90):
        await handle_all(inbox)
    assert await db.read(numbers) == {"{}": 1}
    assert [letter.message.key for letter in await db.read(deadletters.list_letters)] == ["{"]


async def test_an_inbox_that_fails_at_most_events_stops_and_says_so(db: Database, bus: Bus, inbox: Inbox) -> None:
    def broken(tx: Tx, heard: Sequence[BellRang]) -> None:
        raise KeyError("every time")

    inbox.handlers = {BellRang: [broken]}
    await db.write(ring, *(rang(f"b{i}") for i in range(120)), by=BY)
    await Relay(db, bus).publish_some()
    async with bus.consume(inbox.group, inbox.topics) as consumer:
        while not inbox.stopped_because:
            await inbox.take_some(consumer, wait=0.1)
    assert "of the last 100 facts could not be handled" in inbox.stopped_because
    assert len(await db.read(lambda session: deadletters.list_letters(session, 500))) == 100  # and then no more
    async with bus.consume(inbox.group, inbox.topics) as consumer:
        assert len(await consumer.poll(500, 0.1)) == 120  # not passed over: read again after a restart
