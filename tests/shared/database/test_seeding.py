"""What comes out of the box is planted once, also by two that start at once."""

import asyncio
import threading

from sqlalchemy import select

from shared.database.seeding import plant
from shared.database.sql import insert_new
from shared.database.tx import Tx
from shared.events.outbox import take
from tests.fixtures import MakeDatabase, create_tables
from tests.shared.facts import METADATA, rang, rings


async def test_two_that_start_at_once_plant_each_row_and_fact_once(
    database_url: str, make_database: MakeDatabase
) -> None:
    create_tables(database_url, METADATA)
    planted, go_on = threading.Event(), threading.Event()

    def seed(tx: Tx) -> None:
        if insert_new(tx.session, rings, [{"bell": "big", "number": 7}], returning="bell"):
            tx.emit(rang("big"))
            planted.set()
            go_on.wait(90)

    first = asyncio.create_task(asyncio.to_thread(plant, database_url, "test", [seed]))
    await asyncio.to_thread(planted.wait, 90)
    second = asyncio.create_task(asyncio.to_thread(plant, database_url, "test", [seed]))
    done, _ = await asyncio.wait([second], timeout=0.3)  # long enough to fail, if it were to fail
    assert not done
    go_on.set()
    await asyncio.gather(first, second)
    db = make_database(METADATA)
    assert await db.read(lambda session: session.execute(select(rings.c.number)).scalars().all()) == [7]
    assert len((await db.read(take, 10))[0]) == 1
