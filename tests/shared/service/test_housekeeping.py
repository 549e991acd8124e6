"""What is old goes, and not before its time: stored answers after a day, settled work, handled ids last of all."""

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlmodel import Session

from shared.bus import RETENTION_SECONDS, Message, Record
from shared.database import Database, Once, Tx
from shared.database.tables import KERNEL
from shared.deadletters import list_letters, mark_replayed, set_aside
from shared.problems import Problem
from shared.service import housekeeping
from shared.service.housekeeping import INBOX_KEPT, LETTERS_KEPT, REPLAYED_KEPT, SETTLED_KEPT, sweep
from tests.clocks import Shifted
from tests.fixtures import MakeDatabase
from tests.shared.facts import BY, METADATA

DAY = timedelta(hours=24)
MOMENT = timedelta(minutes=1)


@pytest.fixture
def clock() -> Shifted:
    return Shifted()


@pytest.fixture
async def db(make_database: MakeDatabase, clock: Shifted) -> Database:
    return make_database(METADATA, clock=clock)


async def answered(db: Database, body: str = "body") -> bool:
    """Ask under one key; whether that was a replay."""
    once = Once("user:test POST /v1/bells", "key", body)
    await db.write(_one, by=BY, once=once)
    return once.replayed


def _one(tx: Tx) -> int:
    return 1


async def left(db: Database) -> dict[str, int]:
    return await db.read(_counted)


def _counted(session: Session) -> dict[str, int]:
    tables = (KERNEL.inbox, KERNEL.idempotency_keys, KERNEL.due_work, KERNEL.dead_letters)
    return {one.name: session.execute(select(func.count()).select_from(one)).scalar_one() for one in tables}


async def test_a_key_stands_for_a_day_and_then_is_new_again(db: Database, clock: Shifted) -> None:
    assert [await answered(db), await answered(db)] == [False, True]
    clock.by = DAY - MOMENT
    assert await answered(db)
    with pytest.raises(Problem, match="idempotency-key-reused"):
        await answered(db, "another body")
    clock.by = DAY + MOMENT
    assert not await answered(db, "another body")
    assert await answered(db, "another body")


def _fill(tx: Tx) -> None:
    tx.session.execute(insert(KERNEL.inbox), [{"event_id": f"e{n}", "handled_at": tx.now} for n in range(25)])
    for key in ("settled", "open"):
        tx.later("test.ring", key=key)
    for offset in range(2):
        set_aside(tx, Record(Message("test-bells", "", b"?", {}), 0, offset), None, "no event", 1)


def _settle(tx: Tx) -> None:
    due = KERNEL.due_work
    tx.session.execute(due.update().where(due.c.key == "settled").values(settled_at=tx.now, outcome="done"))
    mark_replayed(tx, list_letters(tx.session)[0].id)


async def test_each_table_keeps_its_rows_as_long_as_they_are_needed(
    db: Database, clock: Shifted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "STEP", 10)
    await db.write(_fill, by=BY)
    await db.write(_settle, by=BY)
    await answered(db)
    full = {"inbox": 25, "idempotency_keys": 1, "due_work": 2, "dead_letters": 2}
    for since, gone in (
        (timedelta(), {}),
        (DAY + MOMENT, {"idempotency_keys": 0}),
        (REPLAYED_KEPT + MOMENT, {"dead_letters": 1}),
        (SETTLED_KEPT + MOMENT, {"due_work": 1}),
        (LETTERS_KEPT - MOMENT, {}),
        (LETTERS_KEPT + MOMENT, {"dead_letters": 0}),
        (INBOX_KEPT - MOMENT, {}),
        (INBOX_KEPT + MOMENT, {"inbox": 0}),
    ):
        clock.by, full = since, full | gone
        await sweep(db)
        assert await left(db) == full, since


def test_handled_ids_outlive_the_log_of_the_bus_and_the_letters_that_may_be_replayed() -> None:
    assert timedelta(seconds=RETENTION_SECONDS) + LETTERS_KEPT <= INBOX_KEPT
