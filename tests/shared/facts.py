"""Facts of a made-up room, for the tests of the kernel: a bell that is rung."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Column, Integer, MetaData, String, Table, text, update

from shared.database import Tx
from shared.database.tables import kernel_tables
from shared.events import Event
from shared.principal import Principal

BY = Principal("user:test")
WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

METADATA = MetaData()
kernel_tables(METADATA)
rings = Table("rings", METADATA, Column("bell", String, primary_key=True), Column("number", Integer, nullable=False))


class BellRang(Event, type="bell.rang", topic="test-bells", key="bell"):
    bell: str


class BellHeard(Event, type="bell.heard", topic="test-ears", key="bell"):
    bell: str


def rang(bell: str, number: int = 1) -> BellRang:
    return BellRang(bell=bell, sequence=number, occurred_at=WHEN)


def ring(tx: Tx, *bells: BellRang) -> None:
    """State these facts as they are."""
    for bell in bells:
        tx.emit(bell)


def hang(tx: Tx, *bells: str) -> None:
    for bell in bells:
        tx.session.execute(rings.insert(), [{"bell": bell, "number": 0}])


def count_up(tx: Tx, heard: Sequence[BellRang]) -> None:
    """A handler that adds, so a fact handled twice shows; one named `poison` it cannot handle."""
    for event in heard:
        if event.bell == "poison":
            raise ValueError("this bell is cracked")
        tx.session.execute(update(rings).where(rings.c.bell == event.bell).values(number=rings.c.number + 1))
        tx.emit(BellHeard(bell=event.bell, sequence=event.sequence, occurred_at=tx.now), cause=event)


def dawdle(tx: Tx) -> None:
    """A statement that would run for minutes."""
    if tx.session.get_bind().dialect.name == "postgresql":
        tx.session.execute(text("SELECT pg_sleep(60)"))
    else:
        forever = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
        tx.session.execute(text(forever))
