"""The asynchronous path: what the inbox costs in processor time for each fact, beside a bare loop.

Both take the same records, decode them, drop what they have had, write one effect for each and state one fact.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import cast

from sqlalchemy import Column, DateTime, MetaData, String, Table

from bench.bare import Loop, checked, unchecked
from bench.report import Bar, Finding, ratio
from bench.rounds import Size, interleaved
from shared.bus import Bus, Record
from shared.clock import utc_now
from shared.contracts.customer import LeadCaptured
from shared.database import Database, Tx
from shared.database.sql import insert_all
from shared.database.tables import kernel_tables
from shared.events import Event
from shared.events.inbox import Inbox
from shared.events.wire import encode
from shared.ids import new_id
from tests.fixtures import create_tables
from tests.real.postgres import fresh_database, running

METADATA = MetaData()
kernel_tables(METADATA)
effects = Table(
    "effects",
    METADATA,
    Column("observation_id", String, primary_key=True),
    Column("contact_id", String, nullable=False),
    Column("source", String, nullable=False),
    Column("country", String),
    Column("seen_at", DateTime(timezone=True), nullable=False),
)

ABOUT = """\
Processor time of the process, not of the database server; both decode a `lead.captured`, insert into inbox, effects
and outbox and commit once for each batch. The bare loop is `bench/bare.py`; the one that checks uses our decoder."""
WHY = """\
Most of what ours does more is to state: a checked object with an id of its own (3 microseconds), a whole envelope and a
row of it (5), half as much again in a batch of 500, whose objects no cache of the processor holds. How old each fact
was goes into a histogram (2), and the hand-over between event loop and writer is paid for once in each batch."""


class LeadSeen(Event, type="lead.seen", topic="bench-effects", key="contact_id"):
    contact_id: str
    observation_id: str


def on_leads_captured(tx: Tx, events: Sequence[LeadCaptured]) -> None:
    insert_all(tx.session, effects, [_effect(tx, event) for event in events])
    for event in events:
        seen = LeadSeen(
            contact_id=event.contact_id,
            observation_id=event.observation_id,
            sequence=event.sequence,
            occurred_at=tx.now,
        )
        tx.emit(seen, cause=event)


def _effect(tx: Tx, event: LeadCaptured) -> dict[str, object]:
    return {
        "observation_id": event.observation_id,
        "contact_id": event.contact_id,
        "source": event.source,
        "country": event.country,
        "seen_at": tx.now,
    }


@dataclass
class Prepared:
    """A reader of the bus that has it all in memory already."""

    batches: Iterator[list[Record]]

    async def poll(self, limit: int, wait: float) -> list[Record]:
        return next(self.batches, [])

    async def lag(self) -> dict[str, int]:
        return {}

    async def done(self, batch: Sequence[Record]) -> None:
        """Nothing to remember."""


def measure(size: Size, kinds: Sequence[str] = ("SQLite", "PostgreSQL")) -> list[Finding]:
    found = []
    if "SQLite" in kinds:
        with TemporaryDirectory(prefix="rainmaker-bench-") as folder:
            found.append(_side_by_side("SQLite", lambda name: f"sqlite:///{Path(folder) / name}.db", size))
    if "PostgreSQL" in kinds:
        with running() as server:
            found.append(_side_by_side("PostgreSQL", lambda _: fresh_database(server), size))
    return found


def _side_by_side(database: str, address: Callable[[str], str], size: Size) -> Finding:
    finding = Finding(f"A fact through the inbox, {database}", ABOUT, ["", "CPU µs/fact", "facts/s"])
    with (
        _ours(address("ours")) as inbox,
        _bare(address("checked"), checked) as strict,
        _bare(address("unchecked"), unchecked) as lax,
    ):
        for batch in (100, 500):
            takers = {
                f"inbox, batches of {batch}": inbox,
                f"bare loop that checks, batches of {batch}": strict,
                f"bare loop that only reads JSON, batches of {batch}": lax,
            }
            for taker in takers.values():
                _cost(taker, batch * 3, batch)  # statements are compiled and prepared when it counts
            samples = interleaved(
                {name: partial(_cost, taker, size.events, batch) for name, taker in takers.items()},
                size.rounds,
                finding.spans,
            )
            finding.rows += [_row(name, found) for name, found in samples.items()]
            ours, bare, _ = ([cpu for cpu, _ in found] for found in samples.values())
            claim = f"inbox / bare loop that checks, {database}, batches of {batch}"
            finding.bars.append(Bar(claim, ratio(ours, bare), 2, at_least=False, why=WHY))
    return finding


Taker = Callable[[list[list[Record]]], None]


def _cost(take: Taker, events: int, batch: int) -> tuple[float, float]:
    """Microseconds of processor time for each fact, and facts per second."""
    records = _records(events)
    batches = [records[start : start + batch] for start in range(0, events, batch)]
    began, cpu = time.perf_counter(), time.process_time()
    take(batches)
    return (time.process_time() - cpu) / events * 1e6, events / (time.perf_counter() - began)


def _row(name: str, samples: Sequence[tuple[float, float]]) -> list[str]:
    return [name, f"{median(cpu for cpu, _ in samples):,.0f}", f"{median(rate for _, rate in samples):,.0f}"]


def _records(count: int) -> list[Record]:
    """New facts, as they come from the bus."""
    return [Record(encode(lead(number), recorded_at=utc_now()), 0, number) for number in range(count)]


def lead(number: int) -> LeadCaptured:
    return LeadCaptured(
        contact_id=new_id("con"),
        observation_id=new_id("obs"),
        sequence=1,
        occurred_at=utc_now(),
        traceparent=f"00-{number + 1:032x}-{number + 1:016x}-01",
        source="website",
        created=True,
        observation_sources={"website": 1},
        has_email=True,
        has_company=True,
        industry="manufacturing",
        job_title="Buyer",
        country="DE",
        utm={"source": "newsletter"},
        consent=["marketing:email"],
    )


@contextmanager
def _ours(address: str) -> Iterator[Taker]:
    create_tables(address, METADATA)
    with asyncio.Runner() as runner:
        db = Database(address, service="bench")
        inbox = Inbox(db, cast(Bus, None), group="bench", handlers={LeadCaptured: [on_leads_captured]})

        async def take(batches: list[list[Record]]) -> None:
            prepared = Prepared(iter(batches))
            while await inbox.take_some(prepared):
                pass

        yield lambda batches: runner.run(take(batches))
        runner.run(db.close())


@contextmanager
def _bare(address: str, read: Callable[[Record], tuple[str, dict[str, object]]]) -> Iterator[Taker]:
    create_tables(address, METADATA)
    loop = Loop(address, read)

    def take(batches: list[list[Record]]) -> None:
        for batch in batches:
            loop.take(batch)

    yield take
    loop.close()
