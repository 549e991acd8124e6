"""A client of the room."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from services.analytics_svc import channels
from shared.database import Database
from tests.analytics_svc.rooms import client_of


@pytest.fixture
async def client(db: Database, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(channels, db, tmp_path, ["channels:read"]) as client:
        yield client
