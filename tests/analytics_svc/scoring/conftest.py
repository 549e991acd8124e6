"""A database with the points of a new system, and a client of the room."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.analytics_svc import scoring
from services.analytics_svc.scoring.ledger import seed
from services.analytics_svc.tables import tables
from shared.database import Database
from tests.analytics_svc.rooms import BY, client_of
from tests.fixtures import MakeDatabase

SCOPES = ["scores:read", "scoring:read", "scoring:write"]


@pytest.fixture
async def db(make_database: MakeDatabase) -> Database:
    db = make_database(tables.metadata)
    await db.write(seed, by=BY)
    return db


@pytest.fixture
async def client(db: Database, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(scoring, db, tmp_path, SCOPES) as client:
        yield client
