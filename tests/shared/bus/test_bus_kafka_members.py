"""Members of a group that come, go, freeze and wake: each fact has its effect once, whoever read it and how often."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import Session

from shared.bus.kafka import KafkaBus
from shared.database import Database
from shared.events.inbox import Inbox
from shared.events.outbox import drop, take
from tests.eventually import eventually
from tests.fixtures import create_tables
from tests.real.kafka import Broker
from tests.shared.bus.conftest import QUICK, make
from tests.shared.bus.frozen import AWAKE
from tests.shared.facts import BY, METADATA, BellHeard, BellRang, count_up, hang, rang, ring, rings

ROOT = Path(__file__).parents[3]
BELLS = 20
OPTIONS = f"?{QUICK}&request_timeout_ms=60000&publish_timeout_ms=90000"


@dataclass
class Belfry:
    """Bells that only this test rings, and how often it did."""

    db: Database
    bus: KafkaBus
    group: str
    rung: int = 0

    async def ring(self, times: int = 1) -> None:
        """One fact about each bell, so many times."""
        for _ in range(times):
            self.rung += 1
            await self.db.write(ring, *(rang(bell, self.rung) for bell in self.bells), by=BY)
            positions, messages = await self.db.read(take, 500)
            await self.bus.publish(messages)
            await self.db.write(drop, positions, by=BY)

    @property
    def bells(self) -> list[str]:
        return [f"{self.group}-{number}" for number in range(BELLS)]

    async def counted(self) -> bool:
        found = await self.db.read(numbers)
        assert max(found) <= self.rung, "a fact had its effect twice"
        return found == [self.rung] * BELLS

    @asynccontextmanager
    async def member(self) -> AsyncIterator[None]:
        """One more reader of the group, inside this block."""
        bus = KafkaBus(self.bus.settings)
        reading = asyncio.create_task(Inbox(self.db, bus, group=self.group, handlers={BellRang: [count_up]}).run())
        try:
            yield
        finally:
            reading.cancel()
            await asyncio.wait([reading])
            await bus.close()


def numbers(session: Session) -> list[int]:
    return [row.number for row in session.execute(select(rings))]


@pytest.fixture
async def belfry(postgres_url: str, kafka: Broker, topic: str) -> AsyncIterator[Belfry]:
    create_tables(postgres_url, METADATA)
    db, bus = Database(postgres_url, service="test"), KafkaBus.from_url(kafka.url + OPTIONS)
    for event in (BellRang, BellHeard):
        await make(kafka, event.TOPIC, partitions=6)
    belfry = Belfry(db, bus, group=topic)
    await db.write(hang, *belfry.bells, by=BY)
    yield belfry
    await bus.close()
    await db.close()


async def test_members_that_come_and_go_double_nothing_and_leave_nothing_out(belfry: Belfry) -> None:
    """Each change of the group is a rebalance in the middle of batches that were read and are not done."""
    async with belfry.member():
        for _ in range(4):
            async with AsyncExitStack() as others:
                await others.enter_async_context(belfry.member())
                await belfry.ring(5)
                await others.enter_async_context(belfry.member())
                await belfry.ring(5)
        await eventually(belfry.counted, seconds=90)


@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_frozen_member_that_wakes_as_a_zombie_changes_nothing(
    where: str, belfry: Belfry, kafka: Broker, postgres_url: str
) -> None:
    """Before its batch had its effect, and after: in both cases others have taken it on when it wakes."""
    arguments = ["-m", "tests.shared.bus.frozen", where, postgres_url, kafka.url + OPTIONS, belfry.group]
    await belfry.ring()
    zombie = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        await eventually(lambda: is_stopped(zombie.pid), seconds=120)
        async with belfry.member():
            await belfry.ring(3)
            await eventually(belfry.counted, seconds=90)
            zombie.send_signal(signal.SIGCONT)
            assert zombie.stdout is not None
            assert await asyncio.wait_for(zombie.stdout.readline(), 90) == f"{AWAKE}\n".encode()
            await belfry.ring(3)
            await eventually(belfry.counted, seconds=90)
    finally:
        zombie.kill()
        await zombie.wait()


async def is_stopped(pid: int) -> bool:
    state = await asyncio.to_thread(Path(f"/proc/{pid}/stat").read_text)
    return state.rpartition(")")[2].split()[0] == "T"
