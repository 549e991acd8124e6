"""What a unit of work promises, on both databases."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from shared.clock import utc_now
from shared.database import Database, Once, Tx
from shared.events import Event
from shared.principal import Principal
from shared.problems import Problem
from shared.tables import KERNEL, kernel_tables
from tests.eventually import eventually
from tests.fixtures import MakeDatabase, create_tables
from tests.shared.facts import dawdle

BY = Principal("user:test")

METADATA = MetaData()
kernel_tables(METADATA)
counters = Table(
    "counters", METADATA, Column("name", String, primary_key=True), Column("value", Integer, nullable=False)
)


class CounterMoved(Event, type="counter.moved", topic="tally-counters", key="name"):
    name: str
    value: int


def put(tx: Tx, name: str, value: int) -> None:
    tx.session.execute(insert(counters), [{"name": name, "value": value}])


def add(tx: Tx, name: str) -> int:
    moved = update(counters).where(counters.c.name == name).values(value=counters.c.value + 1)
    value = tx.session.execute(moved.returning(counters.c.value)).scalar_one()
    tx.emit(CounterMoved(sequence=value, occurred_at=tx.now, name=name, value=value))
    return int(value)


def refuse(tx: Tx, name: str) -> None:
    put(tx, name, 1)
    tx.emit(CounterMoved(sequence=1, occurred_at=tx.now, name=name, value=1))
    raise Problem(409, "conflict", "Refused")


def names(session: Session) -> list[str]:
    return list(session.execute(select(counters.c.name).order_by(counters.c.name)).scalars())


def outbox(session: Session) -> list[Any]:
    return list(session.execute(select(KERNEL.outbox).order_by(KERNEL.outbox.c.position)))


@pytest.fixture
async def db(make_database: MakeDatabase) -> Database:
    return make_database(METADATA)


async def test_a_write_is_there_for_the_next_read(db: Database) -> None:
    await db.write(put, "a", 1, by=BY)
    assert await db.read(names) == ["a"]


async def test_units_that_wait_together_share_a_commit_and_each_gets_its_own_answer(db: Database) -> None:
    await db.write(put, "a", 0, by=BY)
    answers = await asyncio.gather(*(db.write(add, "a", by=BY, lane="a") for _ in range(200)))
    assert sorted(answers) == list(range(1, 201))


async def test_facts_leave_in_the_order_of_their_aggregate(db: Database) -> None:
    for name in "ab":
        await db.write(put, name, 0, by=BY)
    await asyncio.gather(*(db.write(add, "ab"[i % 2], by=BY, lane="ab"[i % 2]) for i in range(100)))
    rows = await db.read(outbox)
    for name in "ab":
        assert [row.headers.split('ce_sequence":"')[1][:20] for row in rows if row.key == name] == [
            f"{n:020d}" for n in range(1, 51)
        ]


async def test_the_failure_of_one_caller_fails_only_that_caller(db: Database) -> None:
    calls = [db.write(put, f"n{i:02}", i, by=BY) if i % 7 else db.write(refuse, f"n{i:02}", by=BY) for i in range(60)]
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [isinstance(answer, Problem) for answer in answers] == [i % 7 == 0 for i in range(60)]
    assert await db.read(names) == [f"n{i:02}" for i in range(60) if i % 7]


async def test_a_unit_that_fails_states_nothing(db: Database) -> None:
    with pytest.raises(Problem):
        await db.write(refuse, "x", by=BY)
    assert await db.read(outbox) == []


async def test_a_constraint_that_breaks_is_the_callers_own_error(db: Database) -> None:
    await db.write(put, "a", 1, by=BY)
    results = await asyncio.gather(db.write(put, "a", 2, by=BY), db.write(put, "b", 2, by=BY), return_exceptions=True)
    assert isinstance(results[0], Exception) and results[1] is None


async def test_a_full_queue_refuses_with_503_and_retry_after(make_database: MakeDatabase) -> None:
    db = make_database(METADATA, queue=10, lanes=1)
    answers = await asyncio.gather(*(db.write(put, str(i), i, by=BY) for i in range(200)), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, Problem)]
    assert refused and {(p.status, p.slug, p.headers["Retry-After"]) for p in refused} == {(503, "overloaded", "1")}
    assert len(await db.read(names)) == 200 - len(refused)


async def test_a_statement_ends_at_its_deadline_and_the_neighbours_run_again(db: Database) -> None:
    began = time.monotonic()
    slow, *others = await asyncio.gather(
        db.write(dawdle, by=BY, lane="x", seconds=0.5),
        *(db.write(put, str(i), i, by=BY, lane="x") for i in range(5)),
        return_exceptions=True,
    )
    assert isinstance(slow, Problem) and (slow.status, slow.slug) == (503, "deadline")
    assert others == [None] * 5 and await db.read(names) == list("01234")
    assert time.monotonic() - began < 30  # a bound on "for ever", not a figure


@asynccontextmanager
async def held_up(db: Database) -> AsyncIterator[None]:
    """Inside, whatever is written under the lane `x` waits; at the end it runs as one group."""
    began, go_on = threading.Event(), threading.Event()

    def hold(tx: Tx) -> None:
        began.set()
        go_on.wait(20)

    holding = asyncio.create_task(db.write(hold, by=BY, lane="x", seconds=30))
    await asyncio.to_thread(began.wait, 20)
    try:
        yield
    finally:
        go_on.set()
        await holding


async def waiting(db: Database, number: int) -> None:
    async def enough() -> bool:
        return db.waiting > number

    await eventually(enough, pause=0.005)


async def test_a_unit_whose_time_is_over_before_its_turn_is_refused_and_not_made(db: Database) -> None:
    async with held_up(db):
        late = asyncio.create_task(db.write(put, "late", 1, by=BY, lane="x", seconds=0.1))
        in_time = asyncio.create_task(db.write(put, "in time", 1, by=BY, lane="x"))
        await waiting(db, 2)
        await asyncio.to_thread(time.sleep, 0.15)  # what is tested is that time passes
    with pytest.raises(Problem, match="deadline"):
        await late
    await in_time
    assert await db.read(names) == ["in time"]


async def test_a_unit_whose_caller_left_before_its_turn_is_not_made(db: Database) -> None:
    async with held_up(db):
        left = asyncio.create_task(db.write(put, "left", 1, by=BY, lane="x"))
        await waiting(db, 1)
        left.cancel()
        await asyncio.wait([left])
    await db.write(put, "next", 1, by=BY, lane="x")
    assert await db.read(names) == ["next"] and db.waiting == 0


async def test_a_cancellation_that_comes_with_the_answer_is_not_lost(db: Database) -> None:
    """A loop of the worker that missed it would go on for ever, and its process never end."""
    for number in range(20):
        writing = asyncio.create_task(db.write(put, str(number), 1, by=BY))
        await asyncio.sleep(0)
        while db.waiting:  # noqa: ASYNC110  # the very turn of the loop in which the answer comes
            await asyncio.sleep(0)
        ended_before = writing.done()
        writing.cancel()
        await asyncio.wait([writing])
        assert ended_before or writing.cancelled()


async def test_a_unit_that_asks_for_the_next_of_nothing_fails_alone(db: Database) -> None:
    """StopIteration, which a future refuses to carry."""
    async with held_up(db):
        calls = [
            asyncio.create_task(db.write(lambda tx: next(iter(())), by=BY, lane="x")),
            asyncio.create_task(db.write(put, "neighbour", 1, by=BY, lane="x")),
        ]
        await waiting(db, 2)
    fault, fine = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(fault, RuntimeError) and fine is None


def swallow(tx: Tx) -> str:
    put(tx, "before", 1)
    with suppress(IntegrityError):
        put(tx, "a", 1)
    return "all is well"


async def test_a_unit_that_hides_an_error_of_the_database_is_answered_only_if_it_was_stored(db: Database) -> None:
    """PostgreSQL answers the COMMIT of a failed transaction with a silent rollback."""
    await db.write(put, "a", 1, by=BY)
    (answer,) = await asyncio.gather(db.write(swallow, by=BY), return_exceptions=True)
    assert ("before" in await db.read(names)) == (answer == "all is well")


def statement_seconds(tx: Tx) -> float:
    told = tx.session.execute(text("SELECT setting FROM pg_settings WHERE name = 'statement_timeout'")).scalar_one()
    return int(told) / 1000


async def test_each_unit_of_a_group_has_its_own_time_on_postgresql(postgres_url: str) -> None:
    create_tables(postgres_url, METADATA)
    db = Database(postgres_url, service="test")
    async with held_up(db):
        asked = [asyncio.create_task(db.write(statement_seconds, by=BY, lane="x", seconds=s)) for s in (30, 5, 2, 5)]
        await waiting(db, 4)
    told = await asyncio.gather(*asked)
    assert [left <= s for left, s in zip(told, (30, 5, 2, 5), strict=True)] == [True] * 4
    assert told[3] > 2
    await db.close()


def cut_all(url: str) -> None:
    """End every session of this database but our own, as a restart of the server does."""
    with psycopg.connect(url, autocommit=True) as ours:
        ours.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def test_connections_that_the_server_closed_meanwhile_are_replaced(postgres_url: str) -> None:
    create_tables(postgres_url, METADATA)
    db = Database(postgres_url, service="test")
    await db.write(put, "a", 1, by=BY)
    await db.read(names)
    cut_all(postgres_url)
    assert await db.read(names) == ["a"]
    await db.write(put, "b", 1, by=BY)
    await db.close()


async def test_a_server_that_does_not_answer_is_503_to_readers_and_writers() -> None:
    """As behind a firewall, or on a machine that froze: connected, and then nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        db = Database(f"postgresql://x@127.0.0.1:{silent.getsockname()[1]}/x", service="test")
        async with asyncio.timeout(25):
            asked = (db.read(names), db.write(put, "a", 1, by=BY, seconds=1))
            answers = await asyncio.gather(*asked, return_exceptions=True)
            await db.close()
    assert [isinstance(answer, Problem) and answer.status for answer in answers] == [503, 503]


async def test_a_read_ends_at_its_deadline(db: Database) -> None:
    with pytest.raises(Problem, match="deadline"):
        await db.read(lambda session: dawdle(Tx(session, utc_now(), BY)), seconds=0.2)


async def test_a_reader_cannot_write(db: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)read-?only|unavailable"):
        await db.read(lambda session: session.execute(insert(counters), [{"name": "a", "value": 1}]))
    assert await db.read(names) == []


async def test_the_same_key_answers_the_same_and_does_nothing_again(db: Database) -> None:
    await db.write(put, "a", 0, by=BY)
    first, again = (Once("user:test POST /v1/x", "k", "f") for _ in range(2))
    answers = [await db.write(add, "a", by=BY, once=once) for once in (first, again)]
    assert answers == [1, 1] and (first.replayed, again.replayed) == (False, True)
    assert len(await db.read(outbox)) == 1


async def test_fifty_at_once_with_one_key_are_one_change(db: Database) -> None:
    await db.write(put, "a", 0, by=BY)
    onces = [Once("scope", "k", "f") for _ in range(50)]
    answers = await asyncio.gather(*(db.write(add, "a", by=BY, once=once) for once in onces))
    assert set(answers) == {1} and sum(not once.replayed for once in onces) == 1


async def test_a_key_with_another_body_is_refused_and_with_another_scope_is_new(db: Database) -> None:
    await db.write(put, "a", 0, by=BY)
    await db.write(add, "a", by=BY, once=Once("s", "k", "one body"))
    with pytest.raises(Problem, match="idempotency-key-reused"):
        await db.write(add, "a", by=BY, once=Once("s", "k", "another body"))
    assert await db.write(add, "a", by=BY, once=Once("other", "k", "one body")) == 2


async def test_a_key_is_free_again_after_a_day(make_database: MakeDatabase) -> None:
    now = utc_now()
    db = make_database(METADATA, clock=lambda: now)
    await db.write(put, "a", 0, by=BY)
    await db.write(add, "a", by=BY, once=Once("s", "k", "f"))
    now += timedelta(hours=25)
    assert await db.write(add, "a", by=BY, once=Once("s", "k", "another body")) == 2


async def test_a_unit_that_fails_leaves_its_key_free(db: Database) -> None:
    with pytest.raises(Problem):
        await db.write(refuse, "x", by=BY, once=Once("s", "k", "f"))
    once = Once("s", "k", "f")
    await db.write(put, "x", 1, by=BY, once=once)
    assert not once.replayed


async def test_planned_work_is_stored_once_for_its_key(db: Database) -> None:
    def plan(tx: Tx) -> None:
        tx.later("test.ring", key="one", payload={"n": 1})

    await asyncio.gather(*(db.write(plan, by=BY) for _ in range(20)))
    count = select(func.count()).select_from(KERNEL.due_work)
    assert await db.read(lambda session: session.execute(count).scalar_one()) == 1


async def test_what_waits_at_close_is_still_written_and_what_comes_later_refused(make_database: MakeDatabase) -> None:
    db = make_database(METADATA)
    waiting = [asyncio.create_task(db.write(put, str(i), i, by=BY)) for i in range(50)]
    await asyncio.sleep(0)
    await db.close()
    await asyncio.gather(*waiting)
    for refused in (db.write(put, "later", 1, by=BY), db.read(names)):
        with pytest.raises(Problem, match="stopping"):
            await refused
    assert len(await make_database(METADATA).read(names)) == 50
