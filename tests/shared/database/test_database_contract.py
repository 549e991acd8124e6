"""What a unit of work promises, on both databases."""

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from shared.bus import MOST_BYTES
from shared.database import OWN_LANES, Database, Tx
from shared.database.tables import KERNEL
from shared.problems import Problem
from tests.fixtures import MakeDatabase
from tests.shared.tally import BY, METADATA, CounterMoved, add, counters, held_up, names, outbox, put, refuse, waiting


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


async def test_a_count_that_fails_after_the_commit_undoes_and_repeats_nothing(db: Database) -> None:
    def counted(tx: Tx, name: str) -> None:
        tx.count(lambda: 1 / 0)  # type: ignore[arg-type]  # whatever it gives is not looked at
        add(tx, name)

    for name in "ab":
        await db.write(put, name, 0, by=BY)
    async with held_up(db):
        both = [asyncio.create_task(db.write(counted, name, by=BY, lane="x")) for name in "ab"]
        await waiting(db, len(both))
    await asyncio.gather(*both)
    assert [row.key for row in await db.read(outbox)] == ["a", "b"]


async def test_a_fact_that_no_bus_would_take_costs_its_caller_only(db: Database) -> None:
    def state(tx: Tx, name: str) -> None:
        tx.emit(CounterMoved(sequence=1, occurred_at=tx.now, name=name, value=1))

    async with held_up(db):
        both = [asyncio.create_task(db.write(state, name, by=BY, lane="x")) for name in ("a" * MOST_BYTES, "b")]
        await waiting(db, len(both))
    huge, small = await asyncio.gather(*both, return_exceptions=True)
    assert isinstance(huge, Problem) and (huge.status, small) == (409, None)
    assert [row.key for row in await db.read(outbox)] == ["b"]


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


async def test_the_work_of_the_kernel_is_not_refused_because_requests_wait(make_database: MakeDatabase) -> None:
    """What relays and workers do is what makes the queue shorter."""
    db = make_database(METADATA, queue=3)
    async with held_up(db):
        asked = [asyncio.create_task(db.write(put, str(n), n, by=BY, lane="x")) for n in range(5)]
        await waiting(db, 2)
        own = [asyncio.create_task(db.write(put, lane, 0, by=BY, lane=lane)) for lane in sorted(OWN_LANES)]
        await waiting(db, 2 + len(own))
    assert [str(error) for error in await asyncio.gather(*own, return_exceptions=True) if error] == []
    refused = [error for error in await asyncio.gather(*asked, return_exceptions=True) if error]
    assert len(refused) == 3 and sorted(OWN_LANES) == (await db.read(names))[2:]


async def test_who_gives_up_before_its_turn_knows_that_nothing_was_made(db: Database) -> None:
    async with held_up(db):
        with pytest.raises(Problem) as told:
            await db.write(put, "late", 1, by=BY, lane="x", seconds=0.1)
    assert told.value.slug == "deadline"
    await db.write(put, "next", 1, by=BY, lane="x")
    assert await db.read(names) == ["next"]


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


async def test_a_reader_cannot_write(db: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)read-?only|unavailable"):
        await db.read(lambda session: session.execute(insert(counters), [{"name": "a", "value": 1}]))
    assert await db.read(names) == []


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
