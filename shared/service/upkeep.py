"""Upkeep: a loop of the worker that has old rows deleted and old facts forgotten, and counts what waits."""

import asyncio
from datetime import datetime
from typing import Protocol, runtime_checkable

from sqlalchemy import func, select
from sqlmodel import Session

from shared import deadletters
from shared.bus import Bus
from shared.database import Database
from shared.database.tables import KERNEL
from shared.events import outbox
from shared.service.housekeeping import sweep
from shared.telemetry import metrics
from shared.telemetry.logs import log

COUNT_SECONDS = 5.0
COUNTS_PER_SWEEP = 12


@runtime_checkable
class Pruned(Protocol):
    """A bus that keeps its own log is told to forget; Kafka forgets by itself."""

    async def prune(self, now: datetime) -> int: ...


class Upkeep:
    """Several at once, one per process, do no harm: what is old is deleted once."""

    def __init__(self, db: Database, bus: Bus) -> None:
        self._db, self._bus = db, bus

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            for _ in range(COUNTS_PER_SWEEP):
                await self.count()
                await asyncio.sleep(COUNT_SECONDS)
            await self.sweep()

    async def sweep(self) -> int:
        """How many rows and facts went."""
        gone = await sweep(self._db)
        if isinstance(self._bus, Pruned):
            gone += await self._bus.prune(self._db.clock())
        if gone:
            log().info("old rows deleted", service=self._db.service, rows=gone)
        return gone

    async def count(self) -> None:
        """Set the gauges of what waits."""
        facts, age = await self._db.read(outbox.backlog)
        due, dead = await self._db.read(_waiting)
        service = self._db.service
        metrics.outbox_waiting.labels(service).set(facts)
        metrics.outbox_oldest_seconds.labels(service).set(age)
        metrics.due_waiting.labels(service).set(due)
        metrics.dead_letters.labels(service).set(dead)


def _waiting(session: Session) -> tuple[int, int]:
    """Due work that is not settled, dead letters that nobody replayed."""
    due = KERNEL.due_work
    open_work = select(func.count()).select_from(due).where(due.c.settled_at.is_(None))
    return session.execute(open_work).scalar_one(), deadletters.count(session)
