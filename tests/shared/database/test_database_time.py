"""Time limits, callers that left and servers that went away: nobody waits for ever, nothing is said that is not so."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import TypeVar

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError
from sqlmodel import Session

from shared.clock import utc_now
from shared.database import READERS, Database, Tx, engines, patience
from shared.problems import Problem
from shared.trouble import as_problem, may_pass
from tests.eventually import eventually, until
from tests.fixtures import MakeDatabase, create_tables
from tests.real.proxy import Proxy
from tests.shared.facts import dawdle
from tests.shared.tally import BY, METADATA, add, held_up, names, put, waiting

T = TypeVar("T")


@pytest.fixture
async def db(make_database: MakeDatabase) -> Database:
    return make_database(METADATA)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second after its time a caller is told that the end is unknown: here for what the writer says of it."""
    longer = SimpleNamespace(**vars(asyncio) | {"timeout": lambda seconds: asyncio.timeout(seconds + 600)})
    monkeypatch.setattr("shared.database.asyncio", longer)


async def test_a_statement_ends_at_its_deadline_and_the_neighbours_run_again(db: Database, heard: None) -> None:
    began = time.monotonic()
    slow, *others = await asyncio.gather(
        db.write(dawdle, by=BY, lane="x", seconds=0.5),
        *(db.write(put, str(i), i, by=BY, lane="x") for i in range(5)),
        return_exceptions=True,
    )
    assert isinstance(slow, Problem) and (slow.status, slow.slug) == (503, "deadline")
    assert others == [None] * 5 and await db.read(names) == list("01234")
    assert time.monotonic() - began < 90  # a bound on "for ever", not a figure


async def test_a_unit_whose_time_is_over_before_its_turn_is_refused_and_not_made(db: Database, heard: None) -> None:
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


def statement_seconds(tx: Tx) -> float:
    told = tx.session.execute(text("SELECT setting FROM pg_settings WHERE name = 'statement_timeout'")).scalar_one()
    return int(told) / 1000


async def test_each_unit_of_a_group_has_its_own_time_on_postgresql(postgres_url: str) -> None:
    create_tables(postgres_url, METADATA)
    db = Database(postgres_url, service="test")
    allowed = (900, 400, 90, 400)
    async with held_up(db):
        asked = [asyncio.create_task(db.write(statement_seconds, by=BY, lane="x", seconds=s)) for s in allowed]
        await waiting(db, 4)
    told = await asyncio.gather(*asked)
    assert [left <= s for left, s in zip(told, allowed, strict=True)] == [True] * 4
    assert told[3] > allowed[2]
    await db.close()


def cut_all(url: str) -> None:
    """End every session of this database but our own, as a restart of the server does."""
    with psycopg.connect(url, autocommit=True) as ours:
        ours.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
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


async def test_a_server_that_does_not_answer_is_503_to_readers_and_writers(product_limits: Callable[[], None]) -> None:
    """As behind a firewall, or on a machine that froze: connected, and then nothing."""
    product_limits()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        db = Database(f"postgresql://x@127.0.0.1:{silent.getsockname()[1]}/x", service="test")
        async with asyncio.timeout(90):
            asked = (db.read(names), db.write(put, "a", 1, by=BY, seconds=1))
            answers = await asyncio.gather(*asked, return_exceptions=True)
            await db.close()
    assert [isinstance(answer, Problem) and answer.status for answer in answers] == [503, 503]


async def test_connections_that_fell_silent_are_given_up_and_replaced(
    behind_proxy: tuple[str, Proxy], product_limits: Callable[[], None]
) -> None:
    """As after a failover, or of a server that froze: open, and not a word."""
    url, between = behind_proxy
    create_tables(url, METADATA)
    db = Database(url, service="test")
    await db.write(put, "a", 1, by=BY, lane="x")
    together = threading.Barrier(READERS)
    await asyncio.gather(*(db.read(lambda _: together.wait(60)) for _ in range(READERS)))
    product_limits()
    between.fall_silent()
    assert between.silenced > READERS
    async with asyncio.timeout(240):
        asked = (db.write(put, "b", 1, by=BY, lane="x"), *(db.read(names) for _ in range(10 * READERS)))
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert {isinstance(answer, Problem) and answer.status for answer in answers} == {503}
        assert await eventually(lambda: answered(db.read(names))) == ["a"]
        await eventually(lambda: answered(db.write(add, "a", by=BY, lane="x")))
        await db.close()


async def test_a_read_whose_time_is_over_before_its_turn_is_refused_and_not_made(db: Database) -> None:
    asked: list[str] = []
    async with readers_held_up(db):
        late = asyncio.create_task(db.read(lambda _: asked.append("late"), seconds=0.1))
        await until(lambda: db.reading > READERS)
        await asyncio.to_thread(time.sleep, 0.15)  # what is tested is that time passes
    with pytest.raises(Problem, match="deadline"):
        await late
    await db.ping()
    assert asked == [] and db.reading == 0


async def test_who_reads_is_answered_in_time_although_those_before_go_on(db: Database) -> None:
    """A loop in Python cannot be cut, nor a connection in the moment when it falls silent."""
    async with readers_held_up(db), asyncio.timeout(90):
        with pytest.raises(Problem, match="deadline"):
            await db.read(names, seconds=0.1)


async def test_more_reads_than_can_be_answered_soon_are_refused(make_database: MakeDatabase) -> None:
    db = make_database(METADATA, queue=READERS + 1)
    async with readers_held_up(db):
        waiting_read = asyncio.create_task(db.read(names, seconds=240))
        await until(lambda: db.reading > READERS)
        with pytest.raises(Problem, match="overloaded"):
            await db.read(names)
    assert await waiting_read == []


@asynccontextmanager
async def readers_held_up(db: Database) -> AsyncIterator[None]:
    """Inside, whatever is read waits."""
    all_there, go_on = threading.Barrier(READERS + 1), threading.Event()

    def hold(_: Session) -> None:
        all_there.wait(90)
        go_on.wait(90)

    holding = [asyncio.create_task(db.read(hold, seconds=240)) for _ in range(READERS)]
    await asyncio.to_thread(all_there.wait, 90)
    try:
        yield
    finally:
        go_on.set()
        await asyncio.gather(*holding)


async def answered(asking: Awaitable[T]) -> T | None:
    with suppress(Problem):
        return await asking
    return None


async def test_a_session_whose_machine_is_gone_is_ended_by_the_server(postgres_url: str) -> None:
    """By a Unix socket the server shows no values, but that the session has its own."""
    engine = engines.make_engine(engines.database_url(postgres_url), pool_size=1)
    with engine.connect() as connection:
        told = connection.execute(
            text("SELECT name, source FROM pg_settings WHERE name LIKE 'tcp\\_%' ORDER BY name")
        ).all()
    engine.dispose()
    assert [tuple(one) for one in told] == [(name, "session") for name in sorted(patience.THERE)]


async def test_a_read_ends_at_its_deadline(db: Database) -> None:
    with pytest.raises(Problem, match="deadline"):
        await db.read(lambda session: dawdle(Tx(session, utc_now(), BY)), seconds=0.2)


def test_who_stands_still_in_a_transaction_loses_its_locks(postgres_url: str) -> None:
    """A minute as it is delivered; here it is made shorter once the lock is held."""
    create_tables(postgres_url, METADATA)
    limit = "idle_in_transaction_session_timeout"
    frozen, other = (engines.make_engine(engines.database_url(postgres_url), pool_size=1) for _ in range(2))
    with frozen.connect() as still, other.connect() as going_on:
        still.execute(text("LOCK TABLE outbox"))
        assert still.execute(text("SELECT current_setting(:limit)"), {"limit": limit}).scalar_one() == "1min"
        still.execute(text("SELECT set_config(:limit, '100ms', true)"), {"limit": limit})
        going_on.execute(text("SET LOCAL lock_timeout = '60s'"))
        going_on.execute(text("LOCK TABLE outbox"))
        with pytest.raises(InternalError, match="idle-in-transaction") as raised:
            still.execute(text("SELECT 1"))
        still.invalidate()
    assert may_pass(raised.value)
    assert isinstance(as_problem(raised.value), Problem)
    frozen.dispose()
    other.dispose()
