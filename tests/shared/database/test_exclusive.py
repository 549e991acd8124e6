"""One at a time among processes, and a lock that is lost is noticed, also by who is never idle."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from shared.bus import Message
from shared.database import Database
from shared.database import exclusive as locking
from shared.database.exclusive import exclusive
from shared.events import outbox
from shared.events.outbox import Relay
from tests.fixtures import create_tables
from tests.shared.facts import BY, METADATA, rang, ring

ROOT = Path(__file__).parents[3]


def end_the_holder(url: str) -> None:
    """End the session that holds the lock, as a restart of the server does."""
    with psycopg.connect(url, autocommit=True) as ours:
        ours.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_locks JOIN pg_database ON database = pg_database.oid"
            " WHERE locktype = 'advisory' AND datname = current_database()"
        )


@pytest.fixture(autouse=True)
def always_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "LOOK_SECONDS", 0.0)


async def test_a_second_one_waits_until_the_first_has_left(postgres_url: str) -> None:
    first, second = (Database(postgres_url, service="test") for _ in range(2))
    came = asyncio.Event()

    async def come() -> None:
        async with exclusive(second, "work"):
            came.set()

    async with exclusive(first, "work") as still_alone:
        waiting = asyncio.create_task(come())
        await still_alone()
        assert not came.is_set()
    await asyncio.wait_for(waiting, 90)


async def test_one_that_stands_still_with_the_lock_loses_it(postgres_url: str) -> None:
    """As when its machine is gone: its session says nothing more, and nobody closes it."""
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.shared.database.frozen", postgres_url, cwd=ROOT
    )
    try:
        stopped, status = await asyncio.wait_for(asyncio.to_thread(os.waitpid, holder.pid, os.WUNTRACED), 120)
        assert stopped and os.WIFSTOPPED(status)
        async with asyncio.timeout(90), exclusive(Database(postgres_url, service="test"), "work"):
            pass
    finally:
        holder.kill()
        await holder.wait()


async def test_services_that_share_a_database_by_schemas_do_not_wait_for_each_other(postgres_url: str) -> None:
    one, other = Database(postgres_url, service="one"), Database(postgres_url, service="other")
    async with asyncio.timeout(90), exclusive(one, "relay"), exclusive(other, "relay"):
        pass


async def test_a_relay_that_lost_its_lock_stops_although_facts_still_wait(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BATCH", 1)
    create_tables(postgres_url, METADATA)
    db = Database(postgres_url, service="test")

    class Severing:
        """A bus that takes all it is given; with the first of it the relay loses its lock."""

        taken = 0

        async def publish(self, messages: Sequence[Message]) -> None:
            if not self.taken:
                await asyncio.to_thread(end_the_holder, postgres_url)
            self.taken += len(messages)

    bus = Severing()
    await db.write(ring, *(rang(f"b{i}") for i in range(20)), by=BY)
    with pytest.raises(DBAPIError):
        await asyncio.wait_for(Relay(db, bus).run(), 90)  # type: ignore[arg-type]  # only what the relay asks of it
    assert bus.taken == 1
    await db.close()
