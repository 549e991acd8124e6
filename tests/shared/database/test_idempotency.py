"""The same Idempotency-Key, the same answer, and nothing done again; on both databases."""

import asyncio
from datetime import timedelta

import pytest

from shared.clock import utc_now
from shared.database import Database, Once
from shared.problems import Problem
from tests.fixtures import MakeDatabase
from tests.shared.tally import BY, METADATA, add, outbox, put, refuse


@pytest.fixture
async def db(make_database: MakeDatabase) -> Database:
    return make_database(METADATA)


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
