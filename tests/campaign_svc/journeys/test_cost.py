"""A batch of leads costs the same however many decisions and actions are stored: what is looked for, a key finds."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from services.campaign_svc import journeys
from services.campaign_svc.journeys.handlers import on_leads_scored
from services.campaign_svc.tables import tables
from services.campaign_svc.templates.library import seed as seed_templates
from shared.database import Database
from tests.analytics_svc.rooms import BY, handle
from tests.campaign_svc.journeys.leads import scored
from tests.fixtures import create_tables

Asked = list[tuple[str, Any]]


@contextmanager
def asked_of(*names: str) -> Iterator[Asked]:
    """The SELECTs on these tables that run meanwhile, with their values."""
    asked: Asked = []

    def keep(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith("SELECT") and any(f"FROM {name}" in " ".join(statement.split()) for name in names):
            asked.append((statement, values))

    event.listen(Engine, "before_cursor_execute", keep)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", keep)


async def test_no_table_that_grows_is_read_from_end_to_end(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/campaign.db"
    create_tables(url, tables.metadata)
    db = Database(url, service="test")
    await db.write(seed_templates, by=BY)
    await db.write(journeys.seed, by=BY)
    with asked_of("decisions", "actions") as asked:
        await handle(db, on_leads_scored, [scored(f"con_{n}") for n in range(3)])
    await db.close()
    assert len(asked) == 2  # for the batch, not for each lead
    with sqlite3.connect(tmp_path / "campaign.db") as file:
        plans = [row[3] for sql, values in asked for row in file.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    file.close()
    assert [plan for plan in plans if plan.startswith("SCAN")] == []
    assert any("occasion=?" in plan for plan in plans) and any("about=? AND journey_id=?" in plan for plan in plans)
