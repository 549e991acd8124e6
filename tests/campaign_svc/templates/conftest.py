"""A database with the template of a new system, and a client of the room."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.campaign_svc import templates
from services.campaign_svc.tables import tables
from services.campaign_svc.templates.library import seed
from shared.database import Database
from tests.analytics_svc.rooms import BY, client_of
from tests.fixtures import MakeDatabase


@pytest.fixture
async def db(make_database: MakeDatabase) -> Database:
    db = make_database(tables.metadata)
    await db.write(seed, by=BY)
    return db


@pytest.fixture
async def client(db: Database, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(templates, db, tmp_path, ["templates:read", "templates:write"]) as client:
        yield client
