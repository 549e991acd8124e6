"""A worker to be killed: `python -m tests.campaign_svc.delivery.killed DATABASE SMTP CUSTOMER FOLDER` sends."""

import asyncio
import sys
from pathlib import Path

import pytest

from services.campaign_svc import delivery
from shared.database import Database
from shared.due import Due
from tests.campaign_svc.delivery.world import runtime_of
from tests.campaign_svc.patience import patient_rooms
from tests.patience import be_patient


async def main(database: str, smtp_url: str, customer_url: str, folder: str) -> None:
    db = Database(database, service="campaign")
    runtime = runtime_of(db, Path(folder), smtp_url=smtp_url, customer_url=customer_url)
    await Due(db, delivery.effects(runtime)).run()


if __name__ == "__main__":
    be_patient()
    patient_rooms(pytest.MonkeyPatch())
    asyncio.run(main(*sys.argv[1:]))
