"""A database with the tables of the service, on both databases. A room's conftest adds a client of the room."""

import pytest

from services.analytics_svc.tables import tables
from shared.database import Database
from tests.fixtures import MakeDatabase


@pytest.fixture
async def db(make_database: MakeDatabase) -> Database:
    return make_database(tables.metadata)
