"""A batch of leads costs the same however many decisions and actions are stored: what is looked for, a key finds."""

import re
import sqlite3
from pathlib import Path

from services.campaign_svc import journeys
from services.campaign_svc.journeys.handlers import on_leads_scored
from services.campaign_svc.tables import tables
from services.campaign_svc.templates.library import seed as seed_templates
from shared.database import Database
from tests.analytics_svc.rooms import BY, handle
from tests.campaign_svc.journeys.leads import scored
from tests.fixtures import create_tables
from tests.statements import asked

READ = re.compile(r"FROM (decisions|actions)\b")


async def test_no_table_that_grows_is_read_from_end_to_end(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/campaign.db"
    create_tables(url, tables.metadata)
    db = Database(url, service="test")
    await db.write(seed_templates, by=BY)
    await db.write(journeys.seed, by=BY)
    with asked() as found:
        await handle(db, on_leads_scored, [scored(f"con_{n}") for n in range(3)])
    await db.close()
    looked = [(sql, values) for sql, values in found if sql.startswith("SELECT") and READ.search(sql)]
    assert len(looked) == 2  # for the batch, not for each lead
    with sqlite3.connect(tmp_path / "campaign.db") as file:
        plans = [row[3] for sql, values in looked for row in file.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    file.close()
    assert [plan for plan in plans if plan.startswith("SCAN")] == []
    assert any("occasion=?" in plan for plan in plans) and any("about=? AND journey_id=?" in plan for plan in plans)
