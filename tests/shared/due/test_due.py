"""Due work is done at its time, by one worker, and settled with its row."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from shared.database import Database
from shared.due import Begin, Due, Outcome, Result, Work
from tests.clocks import Shifted
from tests.eventually import eventually
from tests.fixtures import MakeDatabase
from tests.shared.facts import BY, METADATA
from tests.shared.ringing import Ring, done, plan, rows, run_once


@pytest.fixture
def clock() -> Shifted:
    return Shifted()


@pytest.fixture
async def db(make_database: MakeDatabase, clock: Shifted) -> Database:
    return make_database(METADATA, clock=clock)


async def test_work_is_done_once_and_settled_with_its_row(db: Database) -> None:
    effect = Ring(done)
    await db.write(plan, "a", "b", by=BY)
    assert await run_once(Due(db, [effect])) == 2
    assert await run_once(Due(db, [effect])) == 0
    assert sorted(effect.settled) == [("a", Outcome.DONE), ("b", Outcome.DONE)]
    assert {row.outcome for row in (await db.read(rows)).values()} == {"done"}


async def test_work_waits_for_its_time(db: Database, clock: Shifted) -> None:
    effect = Ring(done)
    await db.write(lambda tx: plan(tx, "late", at=tx.now + timedelta(hours=2)), by=BY)
    assert await run_once(Due(db, [effect])) == 0
    clock.by = timedelta(hours=3)
    assert await run_once(Due(db, [effect])) == 1


async def test_two_workers_never_take_the_same_work(make_database: MakeDatabase, db: Database) -> None:
    taken: list[str] = []

    async def note(works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
        taken.extend(work.key for work in works)
        return {work.id: Result(Outcome.DONE) for work in works}

    await db.write(plan, *(f"k{i}" for i in range(300)), by=BY)
    others = [db] if db.dialect == "sqlite" else [db, make_database(METADATA), make_database(METADATA)]
    workers = [Due(other, [Ring(note)]) for other in others]
    while sum(await asyncio.gather(*(run_once(worker) for worker in workers))):
        pass
    assert sorted(taken) == sorted(f"k{i}" for i in range(300))


async def test_work_that_asks_for_it_is_tried_again_later(db: Database, clock: Shifted) -> None:
    answers = iter([Outcome.RETRY, Outcome.DONE])

    async def twice(works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
        outcome = next(answers)
        return {work.id: Result(outcome, "busy") for work in works}

    effect = Ring(twice)
    await db.write(plan, "a", by=BY)
    await run_once(Due(db, [effect]))
    assert await run_once(Due(db, [effect])) == 0 and effect.settled == []
    clock.by = timedelta(minutes=1)
    await run_once(Due(db, [effect]))
    assert effect.settled == [("a", Outcome.DONE)]


async def test_work_is_given_up_after_its_time_and_that_is_an_outcome(db: Database, clock: Shifted) -> None:
    async def never(works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
        raise ConnectionError("nobody answers")

    effect = Ring(never)
    await db.write(plan, "a", by=BY)
    clock.by = timedelta(hours=2)
    await run_once(Due(db, [effect]))
    assert effect.settled == [("a", Outcome.REFUSED)]
    assert (await db.read(rows))["a"].detail.startswith("Given up after 1 tries")


async def test_a_running_loop_is_woken_by_the_commit_that_plans_work(db: Database) -> None:
    effect = Ring(done)
    running = asyncio.create_task(Due(db, [effect]).run())
    await db.write(plan, "a", by=BY)

    async def settled() -> bool:
        return bool(effect.settled)

    await eventually(settled)
    running.cancel()


async def test_work_that_goes_on_at_once_does_not_wait_for_the_next_look(db: Database) -> None:
    async def go_on(works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
        return {work.id: Result(Outcome.RETRY, "More waits.", again_at=db.clock()) for work in works}

    due = Due(db, [Ring(go_on)])
    await db.write(plan, "a", by=BY)
    assert await db.work_planned.wait(90.0)
    await run_once(due)
    assert await db.work_planned.wait(0.0)
