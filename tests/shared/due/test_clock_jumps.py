"""A clock that jumps a day, forward or back: nothing is done twice, and what had to wait for it is done in the end."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest

from shared.database import Database, Once
from shared.due import Begin, Due, Outcome, Result, Work
from tests.clocks import Shifted
from tests.fixtures import MakeDatabase
from tests.shared.facts import BY, METADATA
from tests.shared.ringing import Ring, done, plan, rows, run_once

DAY = timedelta(days=1)
JUMPS = pytest.mark.parametrize("jump", [DAY, -DAY], ids=["forward", "back"])


@pytest.fixture
def clock() -> Shifted:
    return Shifted()


@pytest.fixture
async def db(make_database: MakeDatabase, clock: Shifted) -> Database:
    return make_database(METADATA, clock=clock)


@JUMPS
async def test_work_during_which_the_clock_jumps_is_settled_once(db: Database, clock: Shifted, jump: timedelta) -> None:
    other = Ring(done)

    async def jumping(works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
        await begin(works[0])
        clock.by += jump
        await run_once(Due(db, [other]))  # another worker looks, by the clock as it is now
        return {work.id: Result(Outcome.DONE) for work in works}

    effect = Ring(jumping)
    await db.write(plan, "a", by=BY)
    await run_once(Due(db, [effect]))
    ended = effect.settled + other.settled
    if jump > timedelta():  # its lease seems over, and nobody but itself can know what came of it
        assert ended == [("a", Outcome.UNKNOWN)]
    else:
        assert ended == [("a", Outcome.DONE)]
    clock.by = timedelta()
    assert await run_once(Due(db, [other])) == 0


@JUMPS
async def test_work_that_was_planned_before_a_jump_is_done_once_when_its_time_has_come(
    db: Database, clock: Shifted, jump: timedelta
) -> None:
    effect = Ring(done)
    await db.write(plan, "before", by=BY)
    clock.by = jump
    await db.write(plan, "after", by=BY)
    await run_once(Due(db, [effect]))
    assert ("after", Outcome.DONE) in effect.settled
    clock.by = timedelta()
    await run_once(Due(db, [effect]))
    assert sorted(effect.settled) == [("after", Outcome.DONE), ("before", Outcome.DONE)]
    assert {row.outcome for row in (await db.read(rows)).values()} == {"done"}


async def test_a_key_that_was_answered_is_answered_the_same_after_the_clock_was_put_back(
    db: Database, clock: Shifted
) -> None:
    answers = []
    for by in (timedelta(), -DAY, timedelta()):
        clock.by = by
        once = Once("scope", "key", "fingerprint")
        answers.append((await db.write(numbered, by=BY, once=once), once.replayed))
    assert answers == [(1, False), (1, True), (1, True)]


def numbered(tx: object) -> int:
    return 1
