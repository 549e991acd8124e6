"""The world of a test of this room, and its network."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.campaign_svc.tables import tables
from tests.campaign_svc.connectors.network import FaultyNetwork
from tests.campaign_svc.connectors.world import World, runtime_of
from tests.clocks import Shifted
from tests.fixtures import MakeDatabase


@pytest.fixture
async def world(make_database: MakeDatabase, tmp_path: Path) -> AsyncIterator[World]:
    clock = Shifted()
    clock.by = clock().replace(hour=9, minute=0) - clock()  # pulls that follow each other are of one day
    world = World(runtime_of(make_database(tables.metadata, clock=clock), tmp_path), clock)
    yield world
    await world.close()


@pytest.fixture
async def network(world: World) -> AsyncIterator[FaultyNetwork]:
    """Its figures end yesterday."""
    async with FaultyNetwork(world.day(ago=1)).served() as network:
        yield network
