"""An upgrade of a database that was used: what was decided and planned before journeys knew more than contacts."""

import shutil
from pathlib import Path

from sqlalchemy import Connection, insert, select
from sqlalchemy import MetaData as Reflected

from services.campaign_svc.delivery.models import actions
from services.campaign_svc.journeys.models import Decision
from services.campaign_svc.main import service
from services.campaign_svc.tasks.models import tasks
from shared.clock import utc_now
from shared.database import migrations
from shared.database.engines import database_url as as_url
from shared.database.engines import make_engine
from shared.database.sql import table_of

CONTACT, OBSERVATION, DECISION, ACTION = "con_1", "obs_1", "dec_1", "act_1"


def test_what_was_decided_about_contacts_says_so_after_the_upgrade(tmp_path: Path, database_url: str) -> None:
    assert service.versions
    (tmp_path / "versions").mkdir()
    shutil.copy(service.versions / "versions" / "0001_first_tables.py", tmp_path / "versions")
    assert migrations.migrate(database_url, tmp_path, service.tables) == ["0001"]
    engine = make_engine(as_url(database_url), pool_size=1)
    with engine.begin() as connection:
        _use(connection)
    migrations.migrate(database_url, service.versions, service.tables)
    decisions = table_of(Decision)
    with engine.connect() as connection:
        decided = connection.execute(select(decisions.c.about, decisions.c.occasion, decisions.c.revision)).one()
        planned = connection.execute(select(actions.c.about, actions.c.occasion, actions.c.contact_id)).one()
        to_do = connection.execute(select(tasks.c.about)).scalars().all()
    engine.dispose()
    assert decided == (CONTACT, OBSERVATION, 1)
    assert planned == (CONTACT, OBSERVATION, CONTACT)
    assert sorted(to_do, key=str) == [None, CONTACT]


def _use(connection: Connection) -> None:
    """As version 0001 stored it, with its own columns."""
    tables = Reflected()
    tables.reflect(connection)
    now = utc_now()
    about = {"journey_id": "jrn_1", "journey_version": 1, "contact_id": CONTACT, "occurred_at": now, "depth": 0}
    verdict = {"acted": True, "inputs": "{}", "conditions": "{}", "actions": "[]", "event_id": "evt_1"}
    decision = {"id": DECISION, "journey_name": "Welcome", "observation_id": OBSERVATION, "decided_at": now}
    action = {"id": ACTION, "decision_id": DECISION, "name": "call", "kind": "task", "config": "{}"}
    state = {"occurrence": "once", "state": "waiting", "version": 1, "planned_at": now}
    connection.execute(insert(tables.tables["decisions"]), [about | verdict | decision])
    connection.execute(insert(tables.tables["actions"]), [about | action | state])
    task = {"title": "Call", "state": "open", "created_at": now, "created_by": "service:campaign", "version": 1}
    of_contact = {"id": "tsk_1", "contact_id": CONTACT, "action_id": ACTION}
    by_hand = {"id": "tsk_2", "contact_id": None, "action_id": None}
    connection.execute(insert(tables.tables["tasks"]), [task | of_contact, task | by_hand])
