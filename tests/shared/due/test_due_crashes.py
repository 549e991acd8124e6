"""Due work whose process dies, stalls or loses its database: done once, or said to be unknown."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from shared.database import Database, Tx
from shared.database.tables import KERNEL
from shared.due import Begin, Due, LeaseLost, Outcome, Result, Work
from shared.due import rows as due_rows
from shared.problems import unavailable
from shared.service.worker import Worker
from tests.clocks import Shifted
from tests.eventually import eventually, until
from tests.fixtures import MakeDatabase
from tests.shared.facts import BY, METADATA
from tests.shared.ringing import Ring, die, done, plan, rows, run_once


@pytest.fixture
def clock() -> Shifted:
    return Shifted()


@pytest.fixture
async def db(make_database: MakeDatabase, clock: Shifted) -> Database:
    return make_database(METADATA, clock=clock)


async def test_what_was_begun_by_a_process_that_died_is_unknown_and_the_rest_is_done(
    db: Database, clock: Shifted
) -> None:
    await db.write(plan, "a", "b", by=BY)
    await run_once(Due(db, [Ring(die)]))
    clock.by = timedelta(minutes=5)
    effect = Ring(done)
    await run_once(Due(db, [effect]))
    outcomes = {key: row.outcome for key, row in (await db.read(rows)).items()}
    assert sorted(outcomes.values()) == ["done", "unknown"]
    assert sorted(outcome for _, outcome in effect.settled) == [Outcome.DONE, Outcome.UNKNOWN]


async def test_repeatable_work_of_a_process_that_died_is_done_again(db: Database, clock: Shifted) -> None:
    await db.write(plan, "a", by=BY)
    await run_once(Due(db, [Ring(die, repeatable=True)]))
    clock.by = timedelta(minutes=5)
    effect = Ring(done, repeatable=True)
    await run_once(Due(db, [effect]))
    assert effect.settled == [("a", Outcome.DONE)]


async def test_a_worker_that_wakes_after_its_lease_can_neither_begin_nor_settle(db: Database, clock: Shifted) -> None:
    frozen, lost = asyncio.Event(), []

    async def sleepy(works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
        await frozen.wait()
        try:
            await begin(works[0])
        except LeaseLost:
            lost.append(works[0].key)
        return {work.id: Result(Outcome.DONE) for work in works}

    await db.write(plan, "a", by=BY)
    zombie, effect = Due(db, [slow := Ring(sleepy)]), Ring(done)
    await zombie.do_some()
    clock.by = timedelta(minutes=5)
    await run_once(Due(db, [effect]))
    frozen.set()
    await zombie.finished()
    assert lost == ["a"] and slow.settled == [] and effect.settled == [("a", Outcome.DONE)]


async def test_an_outcome_that_was_learnt_outlasts_trouble_of_the_database(db: Database) -> None:
    trouble = [unavailable("away")] * 7  # more than one `write` bears by itself

    class Stubborn(Ring):
        def settle(self, tx: Tx, work: Work, result: Result) -> None:
            if trouble:
                raise trouble.pop()
            super().settle(tx, work, result)

    effect = Stubborn(done)
    await db.write(plan, "a", by=BY)
    await run_once(Due(db, [effect]))
    assert effect.settled == [("a", Outcome.DONE)]
    assert (await db.read(rows))["a"].outcome == "done"


async def test_work_that_cannot_be_settled_does_not_hold_up_the_others(db: Database, clock: Shifted) -> None:
    class Choosy(Ring):
        def settle(self, tx: Tx, work: Work, result: Result) -> None:
            if result.outcome is Outcome.UNKNOWN:
                raise KeyError("a fault of the effect")
            super().settle(tx, work, result)

    await db.write(plan, "a", "b", "c", by=BY)
    await run_once(Due(db, [Ring(die)]))
    clock.by = timedelta(minutes=5)
    effect = Choosy(done)
    await run_once(Due(db, [effect]))
    assert [outcome for _, outcome in effect.settled] == [Outcome.DONE, Outcome.DONE]


async def test_a_look_that_fails_holds_up_nothing_although_other_work_goes_on(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go_on = asyncio.Event(), asyncio.Event()

    async def slow_about_a(works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
        if works[0].key == "a":
            began.set()
            await go_on.wait()
        return {work.id: Result(Outcome.DONE) for work in works}

    trouble, read = [unavailable("away")], db.read

    async def once_away(*asked: Any) -> Any:
        if trouble:
            raise trouble.pop()
        return await read(*asked)

    async with Worker("test", {"due": Due(db, [effect := Ring(slow_about_a)]).run}):
        await db.write(plan, "a", by=BY)
        await asyncio.wait_for(began.wait(), 90)
        monkeypatch.setattr(db, "read", once_away)
        await until(lambda: not trouble)
        await db.write(plan, "b", by=BY)
        await until(lambda: bool(effect.settled))
        assert effect.settled == [("b", Outcome.DONE)]
        go_on.set()
    assert ("a", Outcome.DONE) in effect.settled and effect.closed


async def test_effects_are_closed_when_the_worker_ends_and_not_when_its_loop_is_started_again(db: Database) -> None:
    class Failing(Due):
        async def do_some(self) -> int:
            raise KeyError("a fault of the loop")

    effect = Ring(done)
    with pytest.raises(KeyError):
        await Failing(db, [effect]).run()
    assert not effect.closed
    running = asyncio.create_task(Due(db, [effect]).run())
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running])
    assert effect.closed


async def test_a_stop_in_the_midst_of_a_claim_does_what_was_claimed(db: Database) -> None:
    began, go_on = threading.Event(), threading.Event()

    def hold(tx: Tx) -> None:
        began.set()
        go_on.wait(90)

    async def claiming() -> bool:
        return db.waiting == 2

    effect = Ring(done)
    await db.write(plan, "a", by=BY)
    holding = asyncio.create_task(db.write(hold, by=BY, lane="due", seconds=120))
    await asyncio.to_thread(began.wait, 90)
    running = asyncio.create_task(Due(db, [effect]).run())
    await eventually(claiming, pause=0.005)
    running.cancel()
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.wait([running, holding])
    assert running.cancelled() and effect.settled == [("a", Outcome.DONE)] and effect.closed


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # on PostgreSQL others may be alive: wait
async def test_what_a_dead_process_had_claimed_is_done_at_once_by_the_next(db: Database) -> None:
    await db.write(plan, "a", by=BY)
    await db.write(due_rows.claim, ["test.ring"], 10, timedelta(minutes=1), by=BY)
    effect = Ring(done)
    assert await run_once(Due(db, [effect])) == 0
    await db.write(lambda tx: tx.session.execute(update(KERNEL.due_work).values(leased_by="a dead one")).close(), by=BY)
    assert await run_once(Due(db, [effect])) == 1
