"""Companies are found by an index, however many there are."""

from pathlib import Path
from typing import Any

from sqlalchemy import event

from services.customer_svc.companies.arriving import Arriving, arriving
from services.customer_svc.companies.recording import record
from services.customer_svc.companies.shapes import CompanyIn
from services.customer_svc.tables import tables
from shared.database import Database, Tx
from tests.analytics_svc.rooms import BY
from tests.fixtures import create_tables


async def test_no_look_up_goes_through_all_that_is_stored(tmp_path: Path) -> None:
    """On SQLite, whose plan does not depend on how much there is."""
    create_tables(url := f"sqlite:///{tmp_path}/test.db", tables.metadata)
    db, row = Database(url, service="customer"), CompanyIn(name="Umbra", domain="umbra.example", source="crm")
    await db.write(record, [arriving(row)], by=BY)
    plans = await db.write(_plans, [arriving(row)], by=BY)
    await db.close()
    assert len([plan for plan in plans if plan.startswith("SEARCH")]) >= 3  # by identifier, by id, what is exact
    assert not [plan for plan in plans if plan.startswith("SCAN") and "json_each" not in plan]


def _plans(tx: Tx, rows: list[Arriving]) -> list[str]:
    connection, asked = tx.session.connection(), list[tuple[str, Any]]()
    event.listen(connection, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
    record(tx, rows)
    queries = [(statement, given) for statement, given in asked if statement.startswith("SELECT")]
    explained = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given) for statement, given in queries]
    return [str(step[3]) for steps in explained for step in steps]
