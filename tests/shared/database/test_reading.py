"""Reading on PostgreSQL: each look is one question, and waits for what changes a table."""

import asyncio
import time
from typing import Any

import psycopg
import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, text
from sqlmodel import Session

from shared.database import Database, engines
from shared.database.engines import limit
from tests.eventually import eventually
from tests.fixtures import create_tables
from tests.shared.tally import BY, METADATA, names, put

WAITS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    " AND query_start < clock_timestamp() - interval '200 ms'"
)


@pytest.fixture
async def db(postgres_url: str) -> Database:
    create_tables(postgres_url, METADATA)
    db = Database(postgres_url, service="test")
    await db.write(put, "a", 1, by=BY)
    return db


async def test_who_reads_waits_while_a_table_is_changed(db: Database, postgres_url: str) -> None:
    """As in a migration, or where VACUUM gives the end of a table back: a moment, and no reason for a 503."""
    with psycopg.connect(postgres_url) as changing, psycopg.connect(postgres_url, autocommit=True) as looking:
        changing.execute("LOCK TABLE counters IN ACCESS EXCLUSIVE MODE")
        reading = asyncio.create_task(db.read(names))

        async def waits() -> bool:
            return reading.done() or bool(looking.execute(WAITS).fetchone() != (0,))

        await eventually(waits)
        changing.rollback()
    assert await reading == ["a"]
    await db.close()


async def test_a_look_is_one_question_without_a_transaction_around_it(db: Database) -> None:
    def standing(session: Session) -> TransactionStatus:
        names(session)
        raw: Any = session.connection().connection.dbapi_connection
        return TransactionStatus(raw.info.transaction_status)

    assert await db.read(standing) is TransactionStatus.IDLE
    await db.close()


async def test_a_look_in_the_last_moment_leaves_its_short_limit_to_nobody(db: Database) -> None:
    """Whether the server took the limit of the next one or could not: then it is told again."""
    with db._read_engine.connect() as connection:
        limit(connection, time.monotonic() - 1.0)
        assert allowed_seconds(connection) == 0.1
        limit(connection, time.monotonic() + 50.0)
        with pytest.raises(psycopg.errors.QueryCanceled):
            engines._keep_deadline(connection, Cut(connection.connection.dbapi_connection), "", None, None, False)
        assert 1.0 < allowed_seconds(connection) <= 50.0
    await db.close()


class Cut:
    """A cursor whose statement met the limit that stood before."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def execute(self, _statement: str) -> None:
        raise psycopg.errors.QueryCanceled


def allowed_seconds(connection: Connection) -> float:
    told = connection.execute(text("SELECT setting FROM pg_settings WHERE name = 'statement_timeout'")).scalar_one()
    return int(told) / 1000
