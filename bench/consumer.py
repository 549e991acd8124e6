"""Facts that wait on Kafka, taken in by the kernel, without a database and with one, beside the bare loop of aiokafka.

All read the same six partitions from the beginning, each time as a new group. The clock runs from the first records on,
so that joining a group, which is a matter of the broker, is left out.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import orjson
import uvloop
from aiokafka import AIOKafkaConsumer
from sqlalchemy import delete, text

from bench.consuming import METADATA, on_leads_captured
from bench.report import Bar, Finding, ratio
from bench.rounds import Size, interleaved
from bench.topic import BYTES, Topic, waiting
from shared.bus import Bus, Consumer, Record, open_bus
from shared.contracts.customer import LeadCaptured
from shared.database import Database, Tx
from shared.events.cloudevents import decode
from shared.events.inbox import Inbox
from shared.principal import Principal
from tests.fixtures import create_tables
from tests.real.postgres import fresh_database, running

BATCH = 500
WAIT_SECONDS = 60.0
TABLES = ("inbox", "effects", "outbox")
ABOUT = """\
Facts of {bytes} bytes (the data; the attributes stand in headers) in six partitions, published beforehand, taken in
batches of up to 500 by one process. The bare loop is `getmany`, `orjson.loads`, `commit`; ours checks the envelope and
each field, and with a database drops what it has had, writes one effect and states one fact, in a transaction a batch.
Processor time: of this process, so of neither broker nor PostgreSQL."""
WHY_READING = """\
A record becomes a checked fact: headers decoded, the envelope checked, each field validated by pydantic, a frozen
object made; the bare loop makes a dict of whatever the JSON holds."""
WHY_WRITING = """\
To read a fact and to check it takes some 30 microseconds, see the row above, and the three statements with their commit
some 14 on SQLite, which nothing can be without. What is left of the bar, a fifth of the bare loop's rate, has to make,
encode and bind a whole fact for each, and to count it; see "A fact through the inbox" for the same without Kafka."""


@dataclass(frozen=True)
class Sample:
    """Facts per second, and microseconds of this process for each."""

    rate: float
    cpu: float


class Clock:
    """Runs from the first records on."""

    def __init__(self) -> None:
        self.taken, self._began, self._cpu = 0, 0.0, 0.0

    def arrived(self, records: int) -> None:
        if records and not self.taken:
            self._began, self._cpu = time.perf_counter(), time.process_time()
        self.taken += records

    def sample(self) -> Sample:
        seconds, cpu = time.perf_counter() - self._began, time.process_time() - self._cpu
        return Sample(self.taken / seconds, cpu / self.taken * 1e6)


class Timed:
    """A consumer that tells the clock what it gave."""

    def __init__(self, consumer: Consumer, clock: Clock) -> None:
        self._consumer, self._clock = consumer, clock

    async def poll(self, limit: int, wait: float) -> list[Record]:
        records = await self._consumer.poll(limit, wait)
        self._clock.arrived(len(records))
        return records

    async def lag(self) -> dict[str, int]:
        return await self._consumer.lag()

    async def done(self, batch: Sequence[Record]) -> None:
        await self._consumer.done(batch)


def measure(size: Size, kinds: tuple[str, ...] = ("SQLite", "PostgreSQL")) -> list[Finding]:
    finding = Finding("Facts from Kafka", ABOUT.format(bytes=BYTES), ["", "facts/s", "CPU µs/fact"])
    with ExitStack() as closing:
        runner = closing.enter_context(asyncio.Runner(loop_factory=uvloop.new_event_loop))
        topic = closing.enter_context(waiting(runner, size.events * 6))
        variants: dict[str, Callable[[], Awaitable[Sample]]] = {
            "bare loop": partial(_bare, topic),
            "kernel, without a database": partial(_without_database, topic),
        }
        for kind in kinds:
            inbox = closing.enter_context(_inbox(runner, kind, topic))
            variants[f"kernel, inbox, effect and outbox, {kind}"] = partial(_with_database, topic, inbox, size)
        rounds = {name: partial(_run, runner, take) for name, take in variants.items()}
        for sample in rounds.values():
            sample()  # statements are compiled and prepared when it counts
        samples = interleaved(rounds, size.rounds, finding.spans)
    finding.rows = [_row(name, found) for name, found in samples.items()]
    finding.bars = _bars({name: [one.rate for one in found] for name, found in samples.items()})
    return [finding]


def _bars(rates: dict[str, list[float]]) -> list[Bar]:
    bare, reading, *writing = rates
    bars = [Bar(f"{reading} / {bare}", ratio(rates[reading], rates[bare]), 0.5, why=WHY_READING)]
    for name in writing:
        least = 0.2 if name.endswith("SQLite") else 0.15
        bars.append(Bar(f"{name} / {bare}", ratio(rates[name], rates[bare]), least, why=WHY_WRITING))
    return bars


def _run(runner: asyncio.Runner, take: Callable[[], Awaitable[Sample]]) -> Sample:
    async def bounded() -> Sample:
        async with asyncio.timeout(WAIT_SECONDS):
            return await take()

    return runner.run(bounded())


async def _bare(topic: Topic) -> Sample:
    clock = Clock()
    reader = AIOKafkaConsumer(
        topic.name,
        bootstrap_servers=topic.broker.bootstrap,
        group_id=_group(),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        heartbeat_interval_ms=300,
    )
    await reader.start()
    try:
        while clock.taken < topic.facts:
            found = await reader.getmany(timeout_ms=1_000, max_records=BATCH)
            clock.arrived(sum(map(len, found.values())))
            if found:
                for records in found.values():
                    for record in records:
                        orjson.loads(record.value)
                await reader.commit()
        return clock.sample()
    finally:
        await reader.stop()


async def _without_database(topic: Topic) -> Sample:
    clock = Clock()

    async def take(consumer: Timed) -> None:
        records = await consumer.poll(BATCH, 1.0)
        for record in records:
            decode(record.message)
        await consumer.done(records)

    return await _consumed(topic, clock, take, topic.facts)


async def _with_database(topic: Topic, inbox: Inbox, size: Size) -> Sample:
    await inbox.db.write(_forget, by=Principal.service("bench"))
    clock = Clock()

    async def take(consumer: Timed) -> None:
        await inbox.take_some(consumer)

    return await _consumed(topic, clock, take, min(size.events * 2, topic.facts))


async def _consumed(topic: Topic, clock: Clock, take: Callable[[Timed], Awaitable[None]], facts: int) -> Sample:
    bus = open_bus(topic.url)
    try:
        async with bus.consume(_group(), [topic.name]) as consumer:
            timed = Timed(consumer, clock)
            while clock.taken < facts:
                await take(timed)
            return clock.sample()
    finally:
        await bus.close()


@contextmanager
def _inbox(runner: asyncio.Runner, kind: str, topic: Topic) -> Iterator[Inbox]:
    with ExitStack() as closing:
        if kind == "SQLite":
            folder = closing.enter_context(TemporaryDirectory(prefix="rainmaker-bench-"))
            address = f"sqlite:///{Path(folder)}/inbox.db"
        else:
            address = fresh_database(closing.enter_context(running()))
        create_tables(address, METADATA)
        db, bus = Database(address, service="bench"), open_bus(topic.url)
        closing.callback(lambda: runner.run(_close(db, bus)))
        yield Inbox(db, bus, group="bench", handlers={LeadCaptured: [on_leads_captured]})


async def _close(db: Database, bus: Bus) -> None:
    await db.close()
    await bus.close()


def _forget(tx: Tx) -> None:
    """What the round before stored: the same facts come again."""
    if tx.session.get_bind().dialect.name == "postgresql":
        tx.session.execute(text(f"TRUNCATE {', '.join(TABLES)}"))
        return
    for name in TABLES:
        tx.session.execute(delete(METADATA.tables[name]))


def _group() -> str:
    return f"bench-{secrets.token_hex(4)}"


def _row(name: str, samples: list[Sample]) -> list[str]:
    return [name, f"{median(one.rate for one in samples):,.0f}", f"{median(one.cpu for one in samples):,.1f}"]
