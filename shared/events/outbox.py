"""The relay: facts go from the outbox to the bus in the order the database gave them, one relay at a time.

A position is given before its transaction commits, so "everything after the last one I saw" would lose facts: the
relay takes whatever is there, and deletes what the bus has confirmed, many at a time, since each deletion is a
commit. A crash in between publishes some facts twice; the inbox drops the copies.
"""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

import orjson
from sqlalchemy import bindparam, delete, func, select, text
from sqlmodel import Session

from shared.bus import Bus, Message
from shared.clock import utc_now
from shared.database import Database, Tx
from shared.database.exclusive import StillAlone, exclusive
from shared.database.patience import USUAL_SECONDS
from shared.database.tables import KERNEL
from shared.principal import Principal
from shared.problems import Problem
from shared.telemetry import metrics
from shared.telemetry.tracing import span

outbox = KERNEL.outbox

BATCH = 500
SHORTEST_WAIT, LONGEST_WAIT = 0.005, 0.05
"""Seconds between looks at an outbox that another process fills. In the same process a commit wakes the relay."""

FORGET_WITHIN = 15.0
"""Seconds, where all who write wait in one queue."""
FORGET_SECONDS = 0.2
"""How long published facts may stay in the outbox, so that their deletion is one commit for many."""

_TAKE = (
    select(outbox)
    .where(outbox.c.position.not_in(bindparam("published", expanding=True)))
    .order_by(outbox.c.position)
    .limit(bindparam("at_most"))
)
_DROP = delete(outbox).where(outbox.c.position.in_(bindparam("positions", expanding=True)))
_OLDEST = select(outbox.c.recorded_at).order_by(outbox.c.position).limit(1)
_COUNT = select(func.count()).select_from(select(outbox.c.position).limit(metrics.COUNTED).subquery())


class Relay:
    """One service's relay. Several may run; one works, the others wait for its lock."""

    def __init__(self, db: Database, bus: Bus) -> None:
        self.db, self.bus = db, bus
        self.by = Principal.service(db.service)
        self._published: list[int] = []
        self._forget_at = 0.0

    async def run(self) -> None:
        """Until cancelled. Raises when the bus or the database is away: whoever supervises it starts it again."""
        async with exclusive(self.db, "relay") as still_alone:
            try:
                await self._publish_for_ever(still_alone)
            finally:
                with suppress(Problem):
                    await self.forget()

    async def publish_some(self) -> int:
        """Publish what is there, at most a batch; how many facts that were."""
        positions, messages = await self.db.read(take, BATCH, self._published)
        if not messages:
            return 0
        with span("publish", links=[m.headers["ce_traceparent"] for m in messages if "ce_traceparent" in m.headers]):
            await self.bus.publish(messages)
        if not self._published:
            self._forget_at = time.monotonic() + FORGET_SECONDS
        self._published += positions
        for topic, count in Counter(m.topic for m in messages).items():
            metrics.outbox_published_total.labels(self.db.service, topic).inc(count)
        return len(messages)

    async def forget(self) -> None:
        """Delete what was published."""
        if self._published:
            seconds = FORGET_WITHIN if self.db.dialect == "sqlite" else USUAL_SECONDS
            await self.db.write(drop, self._published, by=self.by, lane="outbox", seconds=seconds)
            self._published = []

    async def _publish_for_ever(self, still_alone: StillAlone) -> None:
        wait = SHORTEST_WAIT
        while True:
            sent = await self.publish_some()
            if len(self._published) >= BATCH or (self._published and time.monotonic() >= self._forget_at):
                await self.forget()
            if sent < BATCH:
                wait = SHORTEST_WAIT if sent else min(wait * 2, LONGEST_WAIT)
                await self.db.facts_left.wait(self._patience(wait))
            await still_alone()

    def _patience(self, wait: float) -> float:
        if self.db.dialect == "postgresql":
            return wait
        return FORGET_SECONDS if self._published else 1.0


def take(session: Session, at_most: int, published: Sequence[int] = ()) -> tuple[list[int], list[Message]]:
    """The oldest facts that are not on the bus, with their positions. `published` are those that just were."""
    rows = session.execute(_TAKE, {"at_most": at_most, "published": list(published)}).all()
    return [row.position for row in rows], [
        Message(row.topic, row.key, bytes(row.value), orjson.loads(row.headers)) for row in rows
    ]


def drop(tx: Tx, positions: Sequence[int]) -> None:
    """Forget published facts. If a power cut undoes this they are published again, so it need not wait for the disk."""
    if tx.session.get_bind().dialect.name == "postgresql":
        tx.session.execute(text("SET LOCAL synchronous_commit = off"))
    tx.session.execute(_DROP, {"positions": positions})


def backlog(session: Session) -> tuple[int, float]:
    """How many facts wait, at most `metrics.COUNTED`, and the age of the oldest in seconds; for the metrics."""
    count = session.execute(_COUNT).scalar_one()
    oldest = session.execute(_OLDEST).scalar()
    return count, (utc_now() - oldest).total_seconds() if oldest else 0.0
