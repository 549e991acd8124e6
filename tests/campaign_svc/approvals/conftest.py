"""A desk on each of the two databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.campaign_svc.tables import tables
from tests.campaign_svc.approvals.desk import Desk
from tests.clocks import Shifted
from tests.fixtures import MakeDatabase


@pytest.fixture
async def desk(make_database: MakeDatabase, tmp_path: Path) -> AsyncIterator[Desk]:
    clock = Shifted()
    desk = Desk(make_database(tables.metadata, clock=clock), clock, tmp_path)
    yield desk
    await desk.runtime.bus.close()
