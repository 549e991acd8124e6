"""Engines for SQLite and PostgreSQL, set so that a commit is durable and a statement can be cut at a deadline."""

import sqlite3
import time
from typing import Any, Literal

import orjson
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url

from shared.database.patience import GRACE_SECONDS, THERE, USUAL_SECONDS, patience, set_for_session
from shared.database.patience import Connection as PatientConnection

Dialect = Literal["sqlite", "postgresql"]

NO_DEADLINE = float("inf")
JSON: dict[str, Any] = {
    "json_serializer": lambda value: orjson.dumps(value).decode(),
    "json_deserializer": orjson.loads,
}
WRITER = [
    *("journal_mode=WAL", "synchronous=FULL", "cache_size=-65536", "foreign_keys=ON", "busy_timeout=5000"),
    "wal_autocheckpoint=4000",  # pages: keys that are hashes dirty the same ones again and again, to be copied once
]
GROUP_LOCK_TIMEOUT = "20ms"
"""A group holds the row locks of all its units: it gives up early, and its units wait for locks one by one."""
READER_LOCK_TIMEOUT = "2s"
"""A reader waits for no row, and for a table only while it is being changed: the others who read wait behind it."""
FROZEN = "60s"
"""A process that stands still in the middle of a transaction loses it, and its locks, after this long."""


def database_url(address: str) -> URL:
    """The address as SQLAlchemy wants it; `postgresql://` means psycopg 3."""
    url = make_url(address)
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        return url.set(drivername="sqlite")
    raise ValueError(
        "DATABASE_URL must be sqlite:///<file> or postgresql://..., in-memory databases lose what was promised"
    )


def dialect_of(url: URL) -> Dialect:
    return "sqlite" if url.get_backend_name() == "sqlite" else "postgresql"


def make_engine(url: URL, *, readonly: bool = False, pool_size: int = 4) -> Engine:
    """An engine whose connections carry a `deadline` (monotonic seconds) in their `info`, see `limit`."""
    if dialect_of(url) == "sqlite":
        engine = create_engine(
            url, pool_size=pool_size, hide_parameters=True, connect_args={"check_same_thread": False}, **JSON
        )
        event.listen(engine, "connect", _prepare_reader if readonly else _prepare_writer)
        event.listen(engine, "begin", _begin_reading if readonly else _begin_writing)
    else:
        given = patience(url.query)
        more = JSON | ({"isolation_level": "AUTOCOMMIT"} if readonly else {})
        engine = create_engine(
            url, pool_size=pool_size, max_overflow=0, hide_parameters=True, connect_args=given, **more
        )
        event.listen(engine, "do_connect", _connect_postgres)
        event.listen(engine, "before_cursor_execute", _keep_deadline)
        if readonly:
            event.listen(engine, "connect", _prepare_postgres_reader)
        else:
            event.listen(engine, "connect", _prepare_postgres)
            event.listen(engine, "begin", _usual_again)
    return engine


def limit(connection: Connection, deadline: float) -> None:
    """From here on, statements on this connection end with an error at `deadline`."""
    connection.info["deadline"] = deadline
    if connection.dialect.name == "sqlite":
        _watch(connection.connection.dbapi_connection, deadline)


def _watch(raw: Any, deadline: float) -> None:
    """SQLite asks every 20,000 steps of its machine whether to go on; a step is well under a microsecond."""
    raw.set_progress_handler(None if deadline == NO_DEADLINE else lambda: time.monotonic() > deadline, 20_000)


def _prepare_writer(raw: sqlite3.Connection, _record: Any) -> None:
    raw.isolation_level = None  # the driver's own BEGIN is deferred: it fails, or loses updates, on read-then-write
    for pragma in WRITER:
        raw.execute(f"PRAGMA {pragma}").close()


def _prepare_reader(raw: sqlite3.Connection, _record: Any) -> None:
    raw.isolation_level = None
    for pragma in ("query_only=ON", "cache_size=-16384", "busy_timeout=5000"):
        raw.execute(f"PRAGMA {pragma}").close()


def _begin_writing(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _connect_postgres(_dialect: Any, _record: Any, given: list[Any], named: dict[str, Any]) -> PatientConnection:
    return PatientConnection.connect(*given, **named)


def _prepare_postgres_reader(raw: PatientConnection, record: Any) -> None:
    """Without BEGIN and ROLLBACK around each look, as READ COMMITTED gives every statement a view of its own anyway."""
    _prepare_postgres(raw, record, default_transaction_read_only="on", lock_timeout=READER_LOCK_TIMEOUT)


def _prepare_postgres(raw: PatientConnection, _record: Any, **more: str) -> None:
    settings = {
        "timezone": "UTC",
        "lock_timeout": GROUP_LOCK_TIMEOUT,
        "statement_timeout": f"{USUAL_SECONDS}s",
        "idle_in_transaction_session_timeout": FROZEN,
    }
    set_for_session(raw, settings | THERE | more)
    raw.commit()


def _usual_again(connection: Connection) -> None:
    """SET LOCAL ended with the transaction before."""
    connection.info["allowed"] = USUAL_SECONDS
    be_patient(connection, USUAL_SECONDS)


def _keep_deadline(
    connection: Connection, cursor: Any, _statement: str, _parameters: Any, _context: Any, _many: bool
) -> None:
    """Give the statement the time that is left: a round trip more, taken only where that differs by a tenth."""
    left = connection.info.get("deadline", NO_DEADLINE) - time.monotonic()
    allowed = connection.info.get("allowed", USUAL_SECONDS)
    if left != NO_DEADLINE and abs(left - allowed) > allowed / 10:
        be_patient(connection, left)
        connection.info["allowed"] = 0.0  # of a session, until the server has said so
        left, scope = (max(left, 0.1), "SESSION") if cursor.connection.autocommit else (max(left, 0.001), "LOCAL")
        cursor.execute(f"SET {scope} statement_timeout = {int(left * 1000)}")
        connection.info["allowed"] = left


def be_patient(connection: Connection, seconds: float | None) -> None:
    """How long PostgreSQL may take to answer until the transaction ends; None: whatever it takes."""
    raw: Any = connection.connection.dbapi_connection
    raw.patience = None if seconds is None else max(seconds, USUAL_SECONDS) + GRACE_SECONDS


def still_in_transaction(connection: Connection) -> None:
    """Raises if the transaction is lost, though nobody said so: a unit caught an error of the database and went on.

    SQLite has then perhaps rolled back by itself, and PostgreSQL answers a COMMIT with a silent rollback.
    """
    raw: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite":
        lost = not raw.in_transaction
    else:
        lost = raw.info.transaction_status == TransactionStatus.INERROR
    if lost:
        raise RuntimeError("A unit of work went on after an error of the database. Let such errors out of the unit.")


def wait_longer_for_locks(connection: Connection, milliseconds: int) -> None:
    """A unit that runs alone may wait for a row that another worker holds."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = {milliseconds}"))
