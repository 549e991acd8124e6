"""One at a time among all processes of a service: an advisory lock of PostgreSQL, nothing to do on SQLite.

On SQLite one process owns the file. A lock that is lost unnoticed lets two work for a while: who uses this must bear
that (the relay does, since readers go by the sequence in each fact).
"""

import asyncio
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from sqlalchemy import Connection, Engine, text

from shared.database import Database
from shared.database.engines import make_engine

ASK_AGAIN_SECONDS = 0.5
LOOK_SECONDS = 5.0
SILENT = "30s"
"""PostgreSQL ends the session, and so the lock, of who asked nothing for this long: one that stands still, or whose
machine is gone, keeps the others waiting no longer.
"""

StillAlone = Callable[[], Awaitable[None]]


@asynccontextmanager
async def exclusive(db: Database, name: str) -> AsyncIterator[StillAlone]:
    """Waits for the lock. What it gives is to be awaited now and then: it raises when the lock may be lost."""
    if db.dialect == "sqlite":
        yield _nothing_to_ask
        return
    engine = make_engine(db.url, pool_size=1)
    connection = await asyncio.to_thread(lambda: engine.connect().execution_options(isolation_level="AUTOCOMMIT"))
    try:
        await asyncio.to_thread(_end_when_silent, connection)
        while not await asyncio.to_thread(_locked, connection, f"{db.service}/{name}"):  # noqa: ASYNC110  # another process holds it
            await asyncio.sleep(ASK_AGAIN_SECONDS)
        yield _asking(connection)
    finally:
        await asyncio.to_thread(_leave, connection, engine)


def _leave(connection: Connection, engine: Engine) -> None:
    """The session ends with its socket, so the lock is free whatever state the connection is in."""
    connection.invalidate()
    connection.close()
    engine.dispose()


async def _nothing_to_ask() -> None:
    return None


def _end_when_silent(connection: Connection) -> None:
    connection.execute(text("SELECT set_config('idle_session_timeout', :silent, false)"), {"silent": SILENT})


def _locked(connection: Connection, name: str) -> bool:
    return bool(
        connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": zlib.crc32(name.encode())}).scalar()
    )


def _asking(connection: Connection) -> StillAlone:
    """The lock lives as long as its session: a statement that works shows that it does."""
    asked = time.monotonic()

    async def still_alone() -> None:
        nonlocal asked
        if time.monotonic() - asked > LOOK_SECONDS:
            await asyncio.to_thread(connection.execute, text("SELECT 1"))
            asked = time.monotonic()

    return still_alone
