"""Databases to test on: each test that takes one of these runs on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from sqlalchemy import MetaData

from shared.database import Database
from shared.database.engines import database_url as as_url
from shared.database.engines import make_engine
from shared.database.tables import kernel_tables

MakeDatabase = Callable[..., Database]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, on each of the two in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/test.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
async def make_database(database_url: str) -> AsyncIterator[MakeDatabase]:
    """`make_database(metadata=..., **options)`: opens the database (again), its tables made; closed after the test."""
    async with AsyncExitStack() as opened:

        def make(metadata: MetaData | None = None, **options: object) -> Database:
            create_tables(database_url, metadata)
            db = Database(database_url, service="test", **options)  # type: ignore[arg-type]
            opened.push_async_callback(db.close)
            return db

        yield make


@pytest.fixture
async def database(make_database: MakeDatabase) -> Database:
    """A database with the kernel's tables."""
    return make_database()


def create_tables(url: str, metadata: MetaData | None = None) -> None:
    if metadata is None:
        kernel_tables(metadata := MetaData())
    engine = make_engine(as_url(url), pool_size=1)
    with engine.begin() as connection:
        metadata.create_all(connection)
    engine.dispose()
