"""Where persons' keys are kept, wrapped: a database of its own, so that backups of the rest hold no key.

What `add` was awaited for is durable, what `remove` was awaited for is gone. One connection, in one thread, each call
one statement. SQLite overwrites what it deletes and empties its log; PostgreSQL forgets it at its next vacuum.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg
from psycopg.conninfo import conninfo_to_dict

from shared.database.patience import GRACE_SECONDS, THERE, USUAL_SECONDS, patience, set_for_session
from shared.database.patience import Connection as PatientConnection
from shared.problems import unavailable
from shared.trouble import is_full, storage_full

CHUNK = 500
"""Rows of one statement: three parameters each, and SQLite takes 32,766."""
ANSWER_SECONDS = USUAL_SECONDS + GRACE_SECONDS
"""So long a caller waits. About then the thread gives the silent connection up, and makes another for the next one."""

_TABLE = """CREATE TABLE IF NOT EXISTS person_keys (
    key_id {text} PRIMARY KEY, wrapped {blob} NOT NULL, made_at {number} NOT NULL, in_use INTEGER NOT NULL DEFAULT 0)"""
_INDEX = "CREATE INDEX IF NOT EXISTS ix_person_keys_not_in_use ON person_keys (made_at, key_id) WHERE in_use = 0"

_ADD = "INSERT INTO person_keys (key_id, wrapped, made_at) VALUES {rows} ON CONFLICT (key_id) DO NOTHING"


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """`made_at` in seconds since 1970, by the clock of who made it."""

    key_id: str
    wrapped: bytes
    made_at: int


class _Connection(Protocol):
    def execute(self, query: Any, params: Any = ..., /) -> Any: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Dialect:
    connect: Callable[[], _Connection]
    mark: str
    lost: type[Exception]
    after_delete: str = ""


class KeyStore:
    """Made by `open_keystore`. A store that cannot be reached is a Problem 503, tried twice with a new connection."""

    def __init__(self, dialect: _Dialect) -> None:
        self._dialect = dialect
        self._connection: _Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="keystore")

    async def add(self, keys: Sequence[WrappedKey]) -> None:
        for chunk in _chunks(list(keys)):
            values = [value for key in chunk for value in (key.key_id, key.wrapped, key.made_at)]
            await self._run(_ADD.replace("{rows}", ", ".join(["(?, ?, ?)"] * len(chunk))), values)

    async def get(self, key_ids: Collection[str]) -> dict[str, bytes]:
        """The wrapped keys of those that are there."""
        found: dict[str, bytes] = {}
        for chunk in _chunks(list(key_ids)):
            rows = await self._about("SELECT key_id, wrapped FROM person_keys WHERE key_id IN ({ids})", chunk)
            found |= {key_id: bytes(wrapped) for key_id, wrapped in rows}
        return found

    async def remove(self, key_ids: Collection[str]) -> None:
        for chunk in _chunks(list(key_ids)):
            await self._about("DELETE FROM person_keys WHERE key_id IN ({ids})", chunk)
        if key_ids and self._dialect.after_delete:
            await self._run(self._dialect.after_delete)

    async def unproven(self, before: int, after: str = "", limit: int = CHUNK) -> list[str]:
        """Ids made before that second and not known to be in use, in order of their ids, behind `after`."""
        rows = await self._run(
            "SELECT key_id FROM person_keys WHERE in_use = 0 AND made_at < ? AND key_id > ? ORDER BY key_id LIMIT ?",
            [before, after, limit],
        )
        return [key_id for (key_id,) in rows]

    async def mark_in_use(self, key_ids: Collection[str]) -> None:
        for chunk in _chunks(list(key_ids)):
            await self._about("UPDATE person_keys SET in_use = 1 WHERE key_id IN ({ids})", chunk)

    async def ping(self) -> None:
        await self._run("SELECT count(*) FROM person_keys WHERE key_id = ''")

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown()

    async def _about(self, sql: str, key_ids: Sequence[str]) -> list[Any]:
        return await self._run(sql.replace("{ids}", ", ".join("?" * len(key_ids))), key_ids)

    async def _run(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        asked = asyncio.get_running_loop().run_in_executor(self._thread, self._tried_twice, sql, values)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await asked
        except TimeoutError:
            silent = "The store of persons' keys does not answer; ask again, which does no harm."
            raise unavailable(silent, retry_after=5) from None

    def _tried_twice(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Each statement may run twice without harm, so a connection that went away is replaced and asked again."""
        try:
            return self._execute(sql, values)
        except self._dialect.lost:
            self._disconnect()
        try:
            return self._execute(sql, values)
        except self._dialect.lost as error:
            self._disconnect()
            away = unavailable("The store of persons' keys cannot be reached; nothing was changed.", retry_after=5)
            raise (storage_full() if is_full(error) else away) from error

    def _execute(self, sql: str, values: Sequence[Any]) -> list[Any]:
        if self._connection is None:
            self._connection = self._dialect.connect()
        cursor = self._connection.execute(sql.replace("?", self._dialect.mark), values)
        return list(cursor.fetchall()) if cursor.description else []

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def open_keystore(url: str) -> KeyStore:
    """`sqlite:///path/keys.db` (one process) or `postgresql://...`; the table is made where it is missing."""
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        vanish = "PRAGMA wal_checkpoint(TRUNCATE)"
        return KeyStore(_Dialect(lambda: _sqlite(path), "?", sqlite3.OperationalError, vanish))
    if url.startswith(("postgresql://", "postgresql+psycopg://")):
        plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
        return KeyStore(_Dialect(lambda: _postgresql(plain), "%s", psycopg.OperationalError))
    raise ValueError("the address of the key store must begin with sqlite:/// or postgresql://")


def _sqlite(path: Path) -> _Connection:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "busy_timeout = 5000"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    connection.execute(_TABLE.format(text="TEXT", blob="BLOB", number="INTEGER") + " STRICT")
    connection.execute(_INDEX)
    return connection


def _postgresql(url: str) -> _Connection:
    connection = PatientConnection.connect(url, autocommit=True, **patience(conninfo_to_dict(url)))
    try:
        set_for_session(connection, {"statement_timeout": f"{USUAL_SECONDS}s", **THERE})
        if connection.execute("SELECT to_regclass('ix_person_keys_not_in_use')").fetchone() == (None,):
            with connection.transaction():  # two processes that make one table at once would collide in the catalogue
                connection.execute("SELECT pg_advisory_xact_lock(hashtext('rainmaker person_keys'))")
                connection.execute(_TABLE.format(text='TEXT COLLATE "C"', blob="BYTEA", number="BIGINT"))
                connection.execute(_INDEX)
    except BaseException:
        connection.close()
        raise
    return connection


def _chunks(items: list[Any]) -> Iterator[list[Any]]:
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))
