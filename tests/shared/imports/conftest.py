"""A world that imports parcels, on each database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fixtures import MakeDatabase
from tests.shared.imports.parcels import METADATA, PARCELS
from tests.shared.imports.world import World, world_of


@pytest.fixture
async def world(make_database: MakeDatabase, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of([PARCELS], make_database(METADATA), tmp_path) as opened:
        yield opened
