"""The way of a lead as one writes it by hand, on bare drivers: the same hops as ours, and nothing of what ours does.

insert lead + outbox, commit; publish; consume, insert score + outbox, commit; publish; consume, insert action, commit.
Whatever waits at a hop is taken together. No HTTP, no checks, no dedupe, no encryption, no decision, no supervision.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import orjson
import psycopg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

TABLES = ("leads", "scores", "actions")
TOPICS = ("hand-leads", "hand-scores")
ROW = "CREATE TABLE IF NOT EXISTS {} (id TEXT PRIMARY KEY, data TEXT NOT NULL)"
OUTBOX = "CREATE TABLE IF NOT EXISTS outbox (id TEXT PRIMARY KEY, value {} NOT NULL)"
ABOUT = {"source": "website", "industry": "manufacturing", "country": "DE", "consent": ["marketing:email"]}

Facts = Sequence[tuple[str, bytes]]
"""Ids with what is told of them."""


class Store(Protocol):
    async def add(self, table: str, facts: Facts, *, outbox: bool) -> None: ...
    async def drop(self, facts: Facts) -> None: ...


class SqliteStore:
    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
        for table in TABLES:
            self.connection.execute(ROW.format(table))
        self.connection.execute(OUTBOX.format("BLOB"))

    async def add(self, table: str, facts: Facts, *, outbox: bool) -> None:
        await asyncio.to_thread(self._add, table, facts, outbox)

    def _add(self, table: str, facts: Facts, outbox: bool) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        for name in (table, *(["outbox"] if outbox else [])):
            self.connection.executemany(f"INSERT INTO {name} VALUES (?, ?)", facts)  # noqa: S608  # our own names
        self.connection.execute("COMMIT")

    async def drop(self, facts: Facts) -> None:
        await asyncio.to_thread(self.connection.executemany, "DELETE FROM outbox WHERE id = ?", [f[:1] for f in facts])


class PostgresStore:
    def __init__(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        self.connection = connection

    @classmethod
    async def open(cls, url: str) -> "PostgresStore":
        connection = await psycopg.AsyncConnection.connect(url)
        for table in TABLES:
            await connection.execute(ROW.format(table).encode())
        await connection.execute(OUTBOX.format("BYTEA").encode())
        await connection.commit()
        return cls(connection)

    async def add(self, table: str, facts: Facts, *, outbox: bool) -> None:
        async with self.connection.transaction(), self.connection.cursor() as cursor:
            rows = [(name, value.decode()) for name, value in facts]
            await cursor.executemany(f"INSERT INTO {table} VALUES (%s, %s)".encode(), rows)  # noqa: S608
            if outbox:
                await cursor.executemany("INSERT INTO outbox VALUES (%s, %s)", facts)

    async def drop(self, facts: Facts) -> None:
        async with self.connection.transaction():
            await self.connection.execute("DELETE FROM outbox WHERE id = ANY(%s)", ([name for name, _ in facts],))


class Bus(Protocol):
    async def publish(self, topic: str, facts: Facts) -> None: ...
    async def take(self, topic: str) -> Facts: ...


class SqliteLog:
    """One file; readers in the process are woken by the publish and keep their bookmark in it."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
        self.connection.execute("CREATE TABLE log (place INTEGER PRIMARY KEY, topic TEXT, id TEXT, value BLOB)")
        self.places = dict.fromkeys(TOPICS, 0)
        self.woken = {topic: asyncio.Event() for topic in TOPICS}

    async def publish(self, topic: str, facts: Facts) -> None:
        await asyncio.to_thread(self._append, [(topic, *fact) for fact in facts])
        self.woken[topic].set()

    def _append(self, rows: list[tuple[str, str, bytes]]) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.executemany("INSERT INTO log (topic, id, value) VALUES (?, ?, ?)", rows)
        self.connection.execute("COMMIT")

    async def take(self, topic: str) -> Facts:
        while not (found := await asyncio.to_thread(self._after, topic)):
            await self.woken[topic].wait()
            self.woken[topic].clear()
        self.places[topic] = found[-1][0]
        return [(name, value) for _, name, value in found]

    def _after(self, topic: str) -> list[tuple[int, str, bytes]]:
        wanted = "SELECT place, id, value FROM log WHERE topic = ? AND place > ? ORDER BY place LIMIT 500"
        return self.connection.execute(wanted, (topic, self.places[topic])).fetchall()


class KafkaLog:
    def __init__(self, producer: AIOKafkaProducer, consumers: dict[str, AIOKafkaConsumer]) -> None:
        self.producer, self.consumers = producer, consumers

    async def publish(self, topic: str, facts: Facts) -> None:
        sent = [await self.producer.send(topic, value, key=name.encode()) for name, value in facts]
        await asyncio.gather(*sent)

    async def take(self, topic: str) -> Facts:
        while not (found := await self.consumers[topic].getmany(timeout_ms=1_000, max_records=500)):
            pass
        return [(record.key.decode(), record.value) for records in found.values() for record in records]


@asynccontextmanager
async def embedded(folder: Path) -> AsyncIterator["Chain"]:
    stores = [SqliteStore(folder / f"{table}.db") for table in TABLES]
    log = SqliteLog(folder / "log.db")
    yield Chain(stores, log)
    for connection in (log.connection, *(store.connection for store in stores)):
        connection.close()


@asynccontextmanager
async def scaled(urls: Sequence[str], bootstrap: str) -> AsyncIterator["Chain"]:
    """The topics are there already. Offsets are not kept: what a hop has had, it had."""
    async with AsyncExitStack() as closing:
        stores = [await PostgresStore.open(url) for url in urls]
        for store in stores:
            closing.push_async_callback(store.connection.close)
        producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
        consumers = {topic: AIOKafkaConsumer(topic, bootstrap_servers=bootstrap) for topic in TOPICS}
        for client in (producer, *consumers.values()):
            await client.start()
            closing.push_async_callback(client.stop)
        yield Chain(stores, KafkaLog(producer, consumers))


class Chain:
    def __init__(self, stores: Sequence[Store], bus: Bus) -> None:
        self.stores, self.bus = stores, bus
        self.arriving: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        self.recorded: dict[str, float] = {}

    async def run(self, rate: float, names: Sequence[str]) -> dict[str, float]:
        """Leads by these names at this pace; how many seconds each took."""
        arrived: dict[str, float] = {}
        hops = [asyncio.create_task(hop()) for hop in (self._capture, self._score, self._act)]
        loop, value = asyncio.get_running_loop(), orjson.dumps(ABOUT)
        begin = loop.time() + 0.1
        for number, name in enumerate(names):
            await asyncio.sleep(begin + number / rate - loop.time())
            arrived[name] = time.time()
            self.arriving.put_nowait((name, value))
        while not all(name in self.recorded for name in names):
            await asyncio.wait(hops, timeout=0.05, return_when=asyncio.FIRST_EXCEPTION)
            for hop in hops:
                if hop.done():
                    hop.result()
        for hop in hops:
            hop.cancel()
        await asyncio.wait(hops)
        return {name: self.recorded[name] - arrived[name] for name in names}

    async def _capture(self) -> None:
        while True:
            leads = [await self.arriving.get()]
            while not self.arriving.empty():
                leads.append(self.arriving.get_nowait())
            await self._state(0, leads)

    async def _score(self) -> None:
        while True:
            leads = await self.bus.take(TOPICS[0])
            scores = [(name, orjson.dumps(orjson.loads(value) | {"score": 60})) for name, value in leads]
            await self._state(1, scores)

    async def _act(self) -> None:
        while True:
            scores = await self.bus.take(TOPICS[1])
            actions = [(name, orjson.dumps(orjson.loads(value) | {"action": "email"})) for name, value in scores]
            await self.stores[2].add(TABLES[2], actions, outbox=False)
            self.recorded |= dict.fromkeys((name for name, _ in actions), time.time())

    async def _state(self, place: int, facts: Facts) -> None:
        """Store, and tell: stored before it is told, forgotten when it was."""
        await self.stores[place].add(TABLES[place], facts, outbox=True)
        await self.bus.publish(TOPICS[place], facts)
        await self.stores[place].drop(facts)
