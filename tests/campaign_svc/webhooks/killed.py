"""A worker to be killed: `python -m tests.campaign_svc.webhooks.killed DATABASE FOLDER` delivers."""

import asyncio
import sys
from pathlib import Path

import pytest

from services.campaign_svc import webhooks
from shared.database import Database
from shared.due import Due
from tests.campaign_svc.patience import patient_rooms
from tests.campaign_svc.webhooks.world import runtime_of
from tests.patience import be_patient


async def main(database: str, folder: str) -> None:
    db = Database(database, service="campaign")
    await Due(db, webhooks.effects(runtime_of(db, Path(folder)))).run()


if __name__ == "__main__":
    be_patient()
    patient_rooms(pytest.MonkeyPatch())
    asyncio.run(main(*sys.argv[1:]))
