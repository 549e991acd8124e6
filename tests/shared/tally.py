"""Units of work of a made-up room, for the tests of the database: counters that move."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select, update
from sqlmodel import Session

from shared.database import Database, Tx
from shared.database.tables import KERNEL, kernel_tables
from shared.events import Event
from shared.principal import Principal
from shared.problems import Problem
from tests.eventually import eventually

BY = Principal("user:test")

METADATA = MetaData()
kernel_tables(METADATA)
counters = Table(
    "counters", METADATA, Column("name", String, primary_key=True), Column("value", Integer, nullable=False)
)


class CounterMoved(Event, type="counter.moved", topic="tally-counters", key="name"):
    name: str
    value: int


def put(tx: Tx, name: str, value: int) -> None:
    tx.session.execute(insert(counters), [{"name": name, "value": value}])


def add(tx: Tx, name: str) -> int:
    moved = update(counters).where(counters.c.name == name).values(value=counters.c.value + 1)
    value = tx.session.execute(moved.returning(counters.c.value)).scalar_one()
    tx.emit(CounterMoved(sequence=value, occurred_at=tx.now, name=name, value=value))
    return int(value)


def refuse(tx: Tx, name: str) -> None:
    put(tx, name, 1)
    tx.emit(CounterMoved(sequence=1, occurred_at=tx.now, name=name, value=1))
    raise Problem(409, "conflict", "Refused")


def names(session: Session) -> list[str]:
    return list(session.execute(select(counters.c.name).order_by(counters.c.name)).scalars())


def outbox(session: Session) -> list[Any]:
    return list(session.execute(select(KERNEL.outbox).order_by(KERNEL.outbox.c.position)))


@asynccontextmanager
async def held_up(db: Database) -> AsyncIterator[None]:
    """Inside, whatever is written under the lane `x` waits; at the end it runs as one group."""
    began, go_on = threading.Event(), threading.Event()

    def hold(tx: Tx) -> None:
        began.set()
        go_on.wait(60)

    holding = asyncio.create_task(db.write(hold, by=BY, lane="x", seconds=120))
    await asyncio.to_thread(began.wait, 60)
    try:
        yield
    finally:
        go_on.set()
        await holding


async def waiting(db: Database, number: int) -> None:
    async def enough() -> bool:
        return db.waiting > number

    await eventually(enough, pause=0.005)
