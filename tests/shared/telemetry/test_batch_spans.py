"""Whatever is done for many at once is one span that leads to the trace of each: published, handled, done when due."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from shared.bus import Bus, open_bus
from shared.database import Database, Tx
from shared.due import Begin, Due, Outcome, Result, Work
from shared.events.inbox import Inbox
from shared.events.outbox import Relay
from shared.telemetry import tracing
from tests.fixtures import create_tables
from tests.shared.facts import BY, METADATA, BellRang, count_up, hang, rang, ring
from tests.shared.telemetry.spans import Kept

PARENTS = [f"00-{number:032x}-{number:016x}-01" for number in (1, 2, 3)]
TRACES = {f"{number:032x}" for number in (1, 2, 3)}


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path}/test.db"
    create_tables(url, METADATA)
    db = Database(url, service="test")
    yield db
    await db.close()


@pytest.fixture
async def bus(tmp_path: Path) -> AsyncIterator[Bus]:
    bus = open_bus(f"sqlite:///{tmp_path}/bus.db")
    await bus.create_topics({"test-bells": 1})
    yield bus
    await bus.close()


class Echo:
    task, repeatable, give_up_after = "test.echo", True, timedelta(hours=1)

    async def act(self, works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
        return {work.id: Result(Outcome.DONE) for work in works}

    def settle(self, tx: Tx, work: Work, result: Result) -> None:
        """Nothing to record."""

    async def close(self) -> None:
        """Nothing is held open."""


async def test_a_batch_of_facts_is_linked_to_the_trace_of_each(db: Database, bus: Bus, kept: Kept) -> None:
    bells = [rang("big", number).model_copy(update={"traceparent": one}) for number, one in enumerate(PARENTS)]
    await db.write(hang, "big", by=BY)
    await db.write(ring, *bells, by=BY)
    assert await Relay(db, bus).publish_some() == 3
    inbox = Inbox(db, bus, group="rainmaker-test", handlers={BellRang: [count_up]})
    async with bus.consume(inbox.group, inbox.topics) as consumer:
        assert await inbox.take_some(consumer, wait=5.0) == 3
    assert kept.linked("publish") == kept.linked("handle") == TRACES


async def test_a_batch_of_due_work_is_linked_to_the_trace_of_each(db: Database, kept: Kept) -> None:
    for number, parent in enumerate(PARENTS):
        with tracing.span("request", parent=parent):
            await db.write(_plan, str(number), by=BY)
    due = Due(db, [Echo()])
    assert await due.do_some() == 3
    await due.finished()
    assert kept.linked("due test.echo") == TRACES


def _plan(tx: Tx, key: str) -> None:
    tx.later("test.echo", key=key)
