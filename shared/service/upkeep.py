"""Upkeep: a loop of the worker that has old rows deleted and old facts forgotten, and counts what waits."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from prometheus_client import Gauge
from sqlmodel import Session

from shared import deadletters
from shared.bus import Bus
from shared.database import Database
from shared.due import rows as due_rows
from shared.events import outbox
from shared.service.housekeeping import Kept, sweep
from shared.telemetry import metrics
from shared.telemetry.logs import log

COUNT_SECONDS = 5.0
SWEEP_SECONDS = 60.0


@runtime_checkable
class Pruned(Protocol):
    """A bus that keeps its own log is told to forget; Kafka forgets by itself."""

    async def prune(self, now: datetime) -> int: ...


class Measured(Protocol):
    async def measure(self) -> None:
        """Set the gauges of what waits for it."""


Counted = Callable[[Session], float]
"""What a room offers as `GAUGES = {gauge: counted}`, the gauge with the label service: what waits for a person, say."""


class Upkeep:
    """Several at once, one per process, do no harm: what is old is deleted once."""

    def __init__(
        self,
        db: Database,
        bus: Bus,
        readers: Sequence[Measured] = (),
        gauges: Mapping[Gauge, Counted] | None = None,
        tasks: Sequence[str] = (),
        kept: Sequence[Kept] = (),
    ) -> None:
        self._db, self._bus, self._readers, self._gauges = db, bus, readers, gauges or {}
        self._tasks, self._kept = set(tasks), kept
        self._sweep_at = time.monotonic() + SWEEP_SECONDS

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if time.monotonic() >= self._sweep_at:  # whatever became of the counting
                self._sweep_at = time.monotonic() + SWEEP_SECONDS
                await self.sweep()
            await self.count()
            await asyncio.sleep(COUNT_SECONDS)

    async def sweep(self) -> int:
        """How many rows and facts went."""
        gone = await sweep(self._db, self._kept)
        if isinstance(self._bus, Pruned):
            gone += await self._bus.prune(self._db.clock())
        if gone:
            log().info("old rows deleted", service=self._db.service, rows=gone)
        return gone

    async def count(self) -> None:
        """Set the gauges of what waits."""
        for reader in self._readers:
            await reader.measure()
        facts, age = await self._db.read(outbox.backlog)
        due, dead = await self._db.read(_waiting)
        await self._count_overdue()
        service = self._db.service
        metrics.outbox_waiting.labels(service).set(facts)
        metrics.outbox_oldest_seconds.labels(service).set(age)
        metrics.due_waiting.labels(service).set(due)
        metrics.dead_letters.labels(service).set(dead)
        for gauge, counted in self._gauges.items():
            gauge.labels(service).set(await self._db.read(counted))

    async def _count_overdue(self) -> None:
        """A task of which nothing waits any more is shown as 0."""
        waited = await self._db.read(due_rows.overdue, self._db.clock())
        self._tasks |= waited.keys()
        for task in self._tasks:
            metrics.due_overdue_seconds.labels(self._db.service, task).set(waited.get(task, 0.0))


def _waiting(session: Session) -> tuple[int, int]:
    """Due work that is not settled, dead letters that nobody replayed."""
    return due_rows.open_work(session), deadletters.count(session)
