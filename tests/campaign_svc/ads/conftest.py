"""campaign_svc's tables on both databases, and a client of the room."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.campaign_svc.ads import room as ads
from services.campaign_svc.tables import tables
from shared.database import Database
from tests.analytics_svc.rooms import client_of
from tests.fixtures import MakeDatabase

SCOPES = ["ad-metrics:read", "ad-metrics:write"]


@pytest.fixture
async def db(make_database: MakeDatabase) -> Database:
    return make_database(tables.metadata)


@pytest.fixture
async def client(db: Database, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(ads, db, tmp_path, SCOPES) as client:
        yield client
