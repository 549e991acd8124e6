"""What leaves with a transaction leaves for all its units at once, and whose claim is refused loses alone."""

import asyncio

import pytest

from shared.database import Database, Tx
from tests.fixtures import MakeDatabase
from tests.shared.tally import BY, METADATA, counters, held_up, names, put, waiting
from tests.statements import asked


class Taken(Exception):
    pass


@pytest.fixture
async def db(make_database: MakeDatabase) -> Database:
    return make_database(METADATA)


def leave(tx: Tx, name: str) -> None:
    tx.add(counters, [{"name": name, "value": 1}])


def claim(tx: Tx, name: str) -> str:
    tx.claim(counters, [{"name": f"{name}{n}", "value": n} for n in range(2)], key="name", taken=Taken)
    return name


async def test_what_units_add_is_one_statement_for_all_of_them(db: Database) -> None:
    with asked() as found:
        async with held_up(db):
            units = [asyncio.create_task(db.write(leave, f"n{n:02}", by=BY, lane="x")) for n in range(20)]
            await waiting(db, len(units))
        await asyncio.gather(*units)
    assert await db.read(names) == [f"n{n:02}" for n in range(20)]
    assert len([sql for sql, _ in found if sql.startswith("INSERT INTO counters")]) == 1


async def test_who_claims_what_is_taken_keeps_nothing_and_its_neighbours_all(db: Database) -> None:
    await db.write(put, "b1", 0, by=BY)
    async with held_up(db):
        units = [asyncio.create_task(db.write(claim, name, by=BY, lane="x")) for name in "abca"]
        await waiting(db, len(units))
    answers = await asyncio.gather(*units, return_exceptions=True)
    assert [answer if isinstance(answer, str) else type(answer) for answer in answers] == ["a", Taken, "c", Taken]
    assert await db.read(names) == ["a0", "a1", "b1", "c0", "c1"]
