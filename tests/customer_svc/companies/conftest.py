"""The room of companies on a real database, with a client that may do everything there."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.customer_svc.companies import room as companies
from services.customer_svc.tables import tables
from shared.database import Database
from tests.analytics_svc.rooms import client_of
from tests.customer_svc.companies.register import SCOPES, Register
from tests.fixtures import MakeDatabase


@pytest.fixture
async def db(make_database: MakeDatabase) -> Database:
    return make_database(tables.metadata)


@pytest.fixture
async def register(db: Database, tmp_path: Path) -> AsyncIterator[Register]:
    async with client_of(companies, db, tmp_path, SCOPES) as client:
        yield Register(db, client)
