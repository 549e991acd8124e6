"""Without dedupe, with `id > last`, with bookmarks before the commit: the oracle turns red.

Each fault is aimed: what chance brings once in a thousand runs comes each time, and to the healthy pair too.
"""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session

from shared.bus import Bus, open_bus
from shared.database import Database
from shared.events.inbox import Inbox
from shared.events.outbox import Relay, take
from tests.chaos.once import once
from tests.chaos.sabotage.kernel import Forgetful, LastSeen
from tests.chaos.sabotage.offsets import IN_THE_MIDDLE, open_both
from tests.e2e.system import ROOT
from tests.fixtures import create_tables
from tests.shared.facts import BY, METADATA, BellRang, count_up, hang, rang, ring, rings

BELLS = [f"bell-{number}" for number in range(10)]
TOPICS = {"test-bells": 1, "test-ears": 1}


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    bus = open_bus(f"sqlite:///{tmp_path}/bus.db")
    await bus.create_topics(TOPICS)
    yield bus
    await bus.close()


def counted(session: Session) -> list[str]:
    """Each bell as often as it was heard."""
    return [row.bell for row in session.execute(select(rings)) for _ in range(row.number)]


async def handle_all(inbox: Inbox) -> None:
    async with inbox.bus.consume(inbox.group, inbox.topics) as consumer:
        while await inbox.take_some(consumer, wait=0.2):
            pass


@pytest.mark.parametrize(("inbox_class", "faults"), [(Inbox, 0), (Forgetful, 1)])
async def test_without_the_inbox_a_batch_that_comes_twice_has_its_effect_twice(
    inbox_class: type[Inbox], faults: int, bus: Bus, tmp_path: Path
) -> None:
    create_tables(url := f"sqlite:///{tmp_path}/bells.db", METADATA)
    db = Database(url, service="test")
    await db.write(hang, *BELLS, by=BY)
    await db.write(ring, *map(rang, BELLS), by=BY)
    _, messages = await db.read(take, 100)
    await bus.publish(messages)
    await bus.publish(messages)
    await handle_all(inbox_class(db, bus, group="rainmaker-test", handlers={BellRang: [count_up]}))
    wrong = list(once("rings", BELLS, await db.read(counted)))
    await db.close()
    assert len(wrong) == faults
    assert all("10 doubled" in fault for fault in wrong)


@pytest.mark.parametrize(("relay_class", "faults"), [(Relay, 0), (LastSeen, 1)])
async def test_a_relay_that_asks_for_what_is_behind_the_last_loses_what_was_committed_late(
    relay_class: type[Relay], faults: int, bus: Bus, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_tables(postgres_url, METADATA)
    slow, quick = (Database(postgres_url, service="test", lanes=1) for _ in range(2))
    lane = slow._lane_for("")
    commit, in_commit, go = lane._commit, threading.Event(), threading.Event()

    def held(connection: Any) -> None:
        in_commit.set()
        assert go.wait(90)
        commit(connection)

    monkeypatch.setattr(lane, "_commit", held)
    relay = relay_class(quick, bus)
    first = asyncio.create_task(slow.write(ring, rang("late"), by=BY, seconds=120))
    assert await asyncio.to_thread(in_commit.wait, 30)
    await quick.write(ring, rang("early"), by=BY)
    assert await relay.publish_some() == 1
    go.set()
    await first
    while await relay.publish_some():
        pass
    async with bus.consume("reader", ["test-bells"]) as consumer:
        told = [record.message.key for record in await consumer.poll(100, 0.2)]
    await asyncio.gather(slow.close(), quick.close())
    wrong = list(once("facts", ["early", "late"], told))
    assert len(wrong) == faults
    assert all("1 lost, such as late" in fault for fault in wrong)


@pytest.mark.parametrize(("kind", "faults"), [("healthy", 0), ("sabotaged", 1)])
async def test_with_bookmarks_before_the_commit_a_crash_loses_a_batch(kind: str, faults: int, tmp_path: Path) -> None:
    create_tables(f"sqlite:///{tmp_path}/bells.db", METADATA)
    db, bus = open_both(tmp_path)
    await bus.create_topics(TOPICS)
    await db.write(hang, *BELLS, by=BY)
    await db.write(ring, *map(rang, BELLS), by=BY)
    await Relay(db, bus).publish_some()
    await asyncio.gather(db.close(), bus.close())
    await asyncio.to_thread(killed_in_the_middle, kind, tmp_path)

    db, bus = open_both(tmp_path)
    await handle_all(Inbox(db, bus, group="rainmaker-test", handlers={BellRang: [count_up]}))
    wrong = list(once("rings", BELLS, await db.read(counted)))
    await asyncio.gather(db.close(), bus.close())
    assert len(wrong) == faults
    assert all("10 lost" in fault for fault in wrong)


def killed_in_the_middle(kind: str, folder: Path) -> None:
    command = [sys.executable, "-m", "tests.chaos.sabotage.offsets", kind, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  our own
        assert process.stdout and process.stdout.readline().strip() == IN_THE_MIDDLE
        process.kill()
