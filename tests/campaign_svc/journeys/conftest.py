"""A database with the templates and journeys of a new system, and a client of the room."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.campaign_svc import journeys
from services.campaign_svc.tables import tables
from services.campaign_svc.tasks import models as _tasks  # noqa: F401  its tables belong to the service
from services.campaign_svc.templates.library import seed as seed_templates
from shared.database import Database
from tests.analytics_svc.rooms import BY, client_of
from tests.fixtures import MakeDatabase

SCOPES = ["journeys:read", "journeys:write", "decisions:read"]


@pytest.fixture
async def db(make_database: MakeDatabase) -> Database:
    db = make_database(tables.metadata)
    await db.write(seed_templates, by=BY)
    await db.write(journeys.seed, by=BY)
    return db


@pytest.fixture
async def client(db: Database, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(journeys, db, tmp_path, SCOPES) as client:
        yield client
