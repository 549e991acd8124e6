"""The file behind the embedded bus: an append-only log and the groups' bookmarks, written by one thread.

The promise: when `append` is answered the rows are on disk (WAL, synchronous=FULL), even if the process is killed in
that moment. Whatever waits when the thread is free shares one commit. Bookmarks nobody waits for: they ride along with
the next append, or go alone after `LINGER`; the worst that a crash does to them is a second reading.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from shared.bus import INBOUND, BusUnavailable
from shared.telemetry.metrics import COUNTED

Row = tuple[str, str, bytes, bytes, float]  # topic, key, value, headers, published at (seconds since 1970)
Stored = tuple[int, str, str, bytes, bytes]  # offset, topic, key, value, headers
Bookmarks = dict[tuple[str, str], int]  # (group, topic) -> offset of the last message that is done
LINGER = 0.05
TOGETHER = 64  # appends that share a commit; more would make the first wait long for the last
STEP = 1_000  # rows that one prune transaction deletes, so that a publish waits milliseconds for it
APPEND = "INSERT INTO messages (topic, key, value, headers, published_at) VALUES (?, ?, ?, ?, ?)"
BOOKMARK = "INSERT INTO bookmarks VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET done = excluded.done"
FORGET = """
    DELETE FROM messages WHERE message_id <= (
        SELECT max(message_id) FROM (SELECT message_id, published_at FROM messages ORDER BY message_id LIMIT ?)
        WHERE published_at < ?)"""
FORGET_INBOUND = """
    DELETE FROM messages WHERE message_id IN (
        SELECT message_id FROM messages WHERE topic >= ? AND topic < ? AND published_at < ? LIMIT ?)"""
BEHIND = "SELECT count(*) FROM (SELECT 1 FROM messages WHERE topic = ? AND message_id > ? LIMIT ?)"
SCHEMA = """
    CREATE TABLE IF NOT EXISTS messages (
        message_id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice, not even after everything was pruned
        topic TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, headers BLOB NOT NULL, published_at REAL NOT NULL
    ) STRICT;
    CREATE INDEX IF NOT EXISTS messages_by_topic ON messages (topic);
    CREATE TABLE IF NOT EXISTS bookmarks (
        consumer_group TEXT NOT NULL, topic TEXT NOT NULL, done INTEGER NOT NULL, PRIMARY KEY (consumer_group, topic)
    ) STRICT, WITHOUT ROWID;
"""


@dataclass(slots=True)
class Job:
    """One piece of work for the thread, and who waits for it (nobody, for bookmarks)."""

    rows: Sequence[Row] = ()
    bookmarks: Bookmarks = field(default_factory=dict)
    forget_before: float | None = None
    inbound_only: bool = False
    answer: asyncio.Future[int] | None = None


class SqliteLog:
    """`on_append` is called in the asker's loop after each commit that brought rows, with their topics."""

    def __init__(self, path: Path, on_append: Callable[[set[str]], None]) -> None:
        self._path = path
        self._on_append = on_append
        self.closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(path)
        self._writer: sqlite3.Connection | None = _open(path)
        self._writer.executescript(SCHEMA)
        self._reader: sqlite3.Connection | None = None
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self.appended = (
            0  # commits that brought rows, or may have: who has read to the end need not look until it changes
        )
        self._thread = threading.Thread(target=self._work, name=f"log {path.name}", daemon=True)
        self._thread.start()

    def append(self, rows: Sequence[Row]) -> asyncio.Future[int]:
        """Done when the rows are durable; `BusUnavailable` when that is not known. No rows: the disk is tried."""
        return self._ask(Job(rows=rows))

    def forget(self, before: float, *, inbound_only: bool = False) -> asyncio.Future[int]:
        """Delete the oldest rows, one step of them, as far as they are older; the answer is how many went."""
        return self._ask(Job(forget_before=before, inbound_only=inbound_only))

    def mark(self, bookmarks: Bookmarks) -> None:
        self._jobs.put(Job(bookmarks=bookmarks))

    def bookmarks(self, group: str) -> dict[str, int]:
        return dict(self._read("SELECT topic, done FROM bookmarks WHERE consumer_group = ?", (group,)))

    def read(self, after: dict[str, int], limit: int) -> list[Stored]:
        """(offset, topic, key, value, headers) behind the given place in each topic, in the order of publishing."""
        if not after:
            return []
        one = "SELECT message_id, topic, key, value, headers FROM messages WHERE topic = ? AND message_id > ?"
        merged = " UNION ALL ".join([one] * len(after)) + " ORDER BY message_id LIMIT ?"
        places = [place for pair in after.items() for place in pair]
        return self._read(merged, (*places, limit))

    def waiting(self, after: dict[str, int]) -> dict[str, int]:
        """How many messages stand behind the given place in each topic; beyond `COUNTED` it stays at that."""
        return {topic: self._read(BEHIND, (topic, place, COUNTED))[0][0] for topic, place in after.items()}

    async def close(self) -> None:
        """What was asked for before is done first."""
        if self.closed:
            return
        self.closed = True
        if self._reader is not None:
            self._reader.close()
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)
        self._lock.close()

    def _ask(self, job: Job) -> asyncio.Future[int]:
        self._refuse_if_closed()
        self._loop = asyncio.get_running_loop()
        job.answer = self._loop.create_future()
        self._jobs.put(job)
        return job.answer

    def _read(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        """In the caller's own thread: a look into cached pages costs less than handing it to another thread."""
        self._refuse_if_closed()
        try:
            if self._reader is None:
                self._reader = _open(self._path)
            return self._reader.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            self._reader = None
            raise _unavailable(self._path, error) from error

    def _refuse_if_closed(self) -> None:
        if self.closed:
            raise BusUnavailable("This bus was closed. Open it again to go on.")

    def _work(self) -> None:
        """The thread: take what waits, commit it, answer; until None comes."""
        last = False
        while not last:
            jobs = self._take()
            last = None in jobs
            self._answer([job for job in jobs if job is not None])
        self._let_go()

    def _take(self) -> list[Job | None]:
        """Everything that waits. When that is bookmarks only, a little longer, for a commit to ride along with."""
        jobs = [self._jobs.get()]
        with suppress(Empty):
            while len(jobs) < TOGETHER and jobs[-1] is not None:
                hurry = any(job is not None and job.answer is not None for job in jobs)
                jobs.append(self._jobs.get_nowait() if hurry else self._jobs.get(timeout=LINGER))
        return jobs

    def _answer(self, jobs: Sequence[Job]) -> None:
        outcome: list[int] | BusUnavailable
        try:
            outcome = self._commit(jobs)
        except Exception as error:  # whatever it is, the thread lives on and nobody waits for ever
            self._let_go()
            outcome = _unavailable(self._path, error)
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._tell, jobs, outcome)

    def _commit(self, jobs: Sequence[Job]) -> list[int]:
        writer = self._writer = self._writer or _open(self._path)
        writer.execute("BEGIN IMMEDIATE")
        counts = [_do(writer, job) for job in jobs]
        bookmarks: Bookmarks = {}
        for job in jobs:
            bookmarks |= job.bookmarks
        writer.executemany(BOOKMARK, [(group, topic, done) for (group, topic), done in bookmarks.items()])
        writer.execute("COMMIT")
        return counts

    def _let_go(self) -> None:
        """SQLite may have rolled back by itself, or the file may be beyond this connection: the next commit opens
        another either way, never beside this one.
        """
        writer, self._writer = self._writer, None
        if writer is not None:
            with suppress(sqlite3.Error):
                writer.close()

    def _tell(self, jobs: Sequence[Job], outcome: list[int] | BusUnavailable) -> None:
        """In the loop: readers first, then those who asked. Also what failed may be in the file: readers shall look."""
        if topics := {row[0] for job in jobs for row in job.rows}:
            self.appended += 1
            self._on_append(topics)
        for place, job in enumerate(jobs):
            if job.answer is None or job.answer.done():
                continue
            if isinstance(outcome, list):
                job.answer.set_result(outcome[place])
            else:
                job.answer.set_exception(outcome)


def _do(writer: sqlite3.Connection, job: Job) -> int:
    if job.rows:
        return writer.executemany(APPEND, job.rows).rowcount
    if job.forget_before is not None and job.inbound_only:
        after = INBOUND[:-1] + chr(ord(INBOUND[-1]) + 1)  # the first text behind all that begin so
        return writer.execute(FORGET_INBOUND, (INBOUND, after, job.forget_before, STEP)).rowcount
    if job.forget_before is not None:
        return writer.execute(FORGET, (STEP, job.forget_before)).rowcount
    if job.answer is not None:
        writer.execute("PRAGMA user_version = 1")  # writes a page, though the number was the same before
    return 0


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    # What retention deletes is gone from the file, not only from the table.
    connection.execute("PRAGMA secure_delete = ON")
    return connection


def _lock(path: Path) -> sqlite3.Connection:
    """Held for as long as the log is open; the system lets go of it when the process dies."""
    lock = sqlite3.connect(f"{path}.lock", timeout=0, isolation_level=None, check_same_thread=False)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        lock.close()
        raise BusUnavailable(
            f"The bus file {path} is open already, here or in another process. One process, one bus per file: "
            "stop the other, share the bus, or use Kafka (BUS_URL=kafka://host:port)."
        ) from error
    return lock


def _unavailable(path: Path, error: Exception) -> BusUnavailable:
    return BusUnavailable(
        f"The bus file {path} could not be used: {error}. Check its permissions and the free space; "
        "it goes on by itself when they are right."
    )
