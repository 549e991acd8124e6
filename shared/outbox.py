"""The relay: facts go from the outbox to the bus in the order the database gave them, one relay at a time.

A position is given before its transaction commits, so "everything after the last one I saw" would lose facts: the
relay takes whatever is there and deletes what the bus has confirmed. A crash in between publishes a fact twice; the
inbox drops the copy.
"""

from collections import Counter
from collections.abc import Sequence

import orjson
from sqlalchemy import bindparam, delete, func, select, text
from sqlmodel import Session

from shared import metrics
from shared.bus import Bus, Message
from shared.clock import utc_now
from shared.database import Database, Tx
from shared.exclusive import exclusive
from shared.principal import Principal
from shared.tables import KERNEL
from shared.tracing import span

outbox = KERNEL.outbox

BATCH = 500
SHORTEST_WAIT, LONGEST_WAIT = 0.005, 0.05
"""Seconds between looks at an outbox that another process fills. In the same process a commit wakes the relay."""

_TAKE = select(outbox).order_by(outbox.c.position).limit(bindparam("at_most"))
_DROP = delete(outbox).where(outbox.c.position.in_(bindparam("positions", expanding=True)))


class Relay:
    """One service's relay. Several may run; one works, the others wait for its lock."""

    def __init__(self, db: Database, bus: Bus) -> None:
        self.db, self.bus = db, bus
        self.by = Principal.service(db.service)

    async def run(self) -> None:
        """Until cancelled. Raises when the bus or the database is away: whoever supervises it starts it again."""
        async with exclusive(self.db, "relay") as still_alone:
            wait = SHORTEST_WAIT
            while True:
                sent = await self.publish_some()
                if sent < BATCH:
                    wait = SHORTEST_WAIT if sent else min(wait * 2, LONGEST_WAIT)
                    await self.db.facts_left.wait(1.0 if self.db.dialect == "sqlite" else wait)
                await still_alone()

    async def publish_some(self) -> int:
        """Publish what is there, at most a batch; how many facts that were."""
        positions, messages = await self.db.read(take, BATCH)
        if not messages:
            return 0
        with span("publish", links=[m.headers["ce_traceparent"] for m in messages if "ce_traceparent" in m.headers]):
            await self.bus.publish(messages)
        await self.db.write(drop, positions, by=self.by, lane="outbox")
        for topic, count in Counter(m.topic for m in messages).items():
            metrics.outbox_published_total.labels(self.db.service, topic).inc(count)
        return len(messages)


def take(session: Session, at_most: int) -> tuple[list[int], list[Message]]:
    """The oldest facts that are not on the bus, with their positions."""
    rows = session.execute(_TAKE, {"at_most": at_most}).all()
    return [row.position for row in rows], [
        Message(row.topic, row.key, bytes(row.value), orjson.loads(row.headers)) for row in rows
    ]


def drop(tx: Tx, positions: Sequence[int]) -> None:
    """Forget published facts. If a power cut undoes this they are published again, so it need not wait for the disk."""
    if tx.session.get_bind().dialect.name == "postgresql":
        tx.session.execute(text("SET LOCAL synchronous_commit = off"))
    tx.session.execute(_DROP, {"positions": positions})


def backlog(session: Session) -> tuple[int, float]:
    """How many facts wait, and the age of the oldest in seconds; for the metrics."""
    count, oldest = session.execute(select(func.count(), func.min(outbox.c.recorded_at)).select_from(outbox)).one()
    return count, (utc_now() - oldest).total_seconds() if oldest else 0.0
