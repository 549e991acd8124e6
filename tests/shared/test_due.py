"""Due work is done at its time, by one worker, and an outcome nobody can know is said to be unknown."""

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from shared import due_rows
from shared.clock import utc_now
from shared.database import Database, Tx
from shared.due import Begin, Due, LeaseLost, Outcome, Result, Work
from shared.problems import Problem, unavailable
from shared.tables import KERNEL
from tests.eventually import eventually
from tests.fixtures import MakeDatabase
from tests.shared.facts import BY, METADATA

Act = Callable[[Sequence[Work], Begin], Any]


class Ring:
    """An effect whose act is given; it notes what was settled."""

    task = "test.ring"
    give_up_after = timedelta(hours=1)

    def __init__(self, act: Act, *, repeatable: bool = False) -> None:
        self._act, self.repeatable, self.closed = act, repeatable, False
        self.settled: list[tuple[str, Outcome]] = []

    async def act(self, works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
        return await self._act(works, begin)  # type: ignore[no-any-return]

    def settle(self, tx: Tx, work: Work, result: Result) -> None:
        self.settled.append((work.key, result.outcome))

    async def close(self) -> None:
        self.closed = True


class Shifted:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.by = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.by


@pytest.fixture
def clock() -> Shifted:
    return Shifted()


@pytest.fixture
async def db(make_database: MakeDatabase, clock: Shifted) -> Database:
    return make_database(METADATA, clock=clock)


def plan(tx: Tx, *keys: str, at: datetime | None = None) -> None:
    for key in keys:
        tx.later("test.ring", key=key, payload={"bell": key}, at=at)


def rows(session: Any) -> dict[str, Row[Any]]:
    return {row.key: row for row in session.execute(select(KERNEL.due_work))}


async def done(works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
    for work in works:
        await begin(work)
    return {work.id: Result(Outcome.DONE) for work in works}


async def run_once(due: Due) -> int:
    found = await due.do_some()
    await due.finished()
    return found


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


async def die(works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
    """Begin the first, then end as a killed process does: without a word."""
    await begin(works[0])
    raise asyncio.CancelledError


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


async def test_effects_are_closed_when_the_worker_ends_and_not_when_its_loop_is_started_again(db: Database) -> None:
    class Failing(Due):
        async def do_some(self) -> int:
            raise unavailable("away")

    effect = Ring(done)
    with pytest.raises(Problem):
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
        go_on.wait(20)

    async def claiming() -> bool:
        return db.waiting == 2

    effect = Ring(done)
    await db.write(plan, "a", by=BY)
    holding = asyncio.create_task(db.write(hold, by=BY, lane="due", seconds=30))
    await asyncio.to_thread(began.wait, 20)
    running = asyncio.create_task(Due(db, [effect]).run())
    await eventually(claiming, pause=0.005)
    running.cancel()
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.wait([running, holding])
    assert running.cancelled() and effect.settled == [("a", Outcome.DONE)] and effect.closed


async def test_a_running_loop_is_woken_by_the_commit_that_plans_work(db: Database) -> None:
    effect = Ring(done)
    running = asyncio.create_task(Due(db, [effect]).run())
    await db.write(plan, "a", by=BY)

    async def settled() -> bool:
        return bool(effect.settled)

    await eventually(settled)
    running.cancel()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # on PostgreSQL others may be alive: wait
async def test_what_a_dead_process_had_claimed_is_done_at_once_by_the_next(db: Database) -> None:
    await db.write(plan, "a", by=BY)
    await db.write(due_rows.claim, ["test.ring"], 10, timedelta(minutes=1), by=BY)
    effect = Ring(done)
    assert await run_once(Due(db, [effect])) == 0
    await db.write(lambda tx: tx.session.execute(update(KERNEL.due_work).values(leased_by="a dead one")).close(), by=BY)
    assert await run_once(Due(db, [effect])) == 1
