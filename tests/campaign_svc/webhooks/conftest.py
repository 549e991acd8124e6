"""The world of a test, built up and taken down."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.campaign_svc.tables import tables
from tests.campaign_svc.webhooks.world import World, runtime_of
from tests.clocks import Shifted
from tests.fixtures import MakeDatabase


@pytest.fixture
async def world(make_database: MakeDatabase, tmp_path: Path) -> AsyncIterator[World]:
    clock = Shifted()
    world = World(runtime_of(make_database(tables.metadata, clock=clock), tmp_path), clock)
    yield world
    await world.close()
