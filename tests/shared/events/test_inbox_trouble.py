"""A database that does not serve for a while costs time, and never sets a fact aside."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select, text
from sqlmodel import Session

from shared import deadletters
from shared.bus import Bus, open_bus
from shared.database import Database
from shared.database.engines import make_engine
from shared.events.inbox import Inbox
from shared.events.outbox import Relay
from tests.eventually import eventually
from tests.fixtures import MakeDatabase
from tests.shared.facts import BY, METADATA, BellRang, count_up, hang, rang, ring, rings


@pytest.fixture
async def db(make_database: MakeDatabase) -> Database:
    return make_database(METADATA)


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    bus = open_bus(f"sqlite:///{tmp_path}/bus.db")
    await bus.create_topics({"test-bells": 1})
    yield bus
    await bus.close()


@contextlib.contextmanager
def barred(db: Database) -> Iterator[None]:
    """Nobody else can write the table of the handler: a migration or a backup may hold it like this."""
    engine = make_engine(db.url, pool_size=1)
    try:
        with engine.begin() as connection:
            connection.execute(text("LOCK TABLE rings IN EXCLUSIVE MODE"))
            yield
    finally:
        engine.dispose()


def number(session: Session) -> int:
    return int(session.execute(select(rings.c.number)).scalar_one())


def failed_writes() -> float:
    return REGISTRY.get_sample_value("rainmaker_writes_total", {"service": "test", "outcome": "failed"}) or 0.0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # a file of SQLite has one writer, us
async def test_a_database_that_is_held_by_somebody_is_waited_for(
    db: Database, bus: Bus, product_limits: Callable[[], None]
) -> None:
    await db.write(hang, "big", by=BY)
    await db.write(ring, rang("big"), by=BY)
    await Relay(db, bus).publish_some()
    inbox = Inbox(db, bus, group="rainmaker-test", handlers={BellRang: [count_up]})

    before = failed_writes()

    async def failed() -> bool:
        return failed_writes() > before

    async with bus.consume(inbox.group, inbox.topics) as consumer:
        with barred(db):
            product_limits()
            taking = asyncio.create_task(inbox.take_some(consumer))
            await eventually(failed)
            assert await db.read(number) == 0
        assert await taking == 1
    assert await db.read(number) == 1
    assert await db.read(deadletters.list_letters) == []
