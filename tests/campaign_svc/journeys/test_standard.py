"""The journeys out of the box come once, by name, to a new system and to one that is older than some of them."""

from sqlalchemy import delete
from sqlmodel import Session, col, select

from services.campaign_svc import journeys
from services.campaign_svc.journeys.catalog import plant
from services.campaign_svc.journeys.models import Journey, JourneyVersion, PlantedJourney
from services.campaign_svc.journeys.standard import FIRST, STANDARD
from services.campaign_svc.tables import tables
from services.campaign_svc.templates.library import seed as seed_templates
from shared.database import Database, Tx
from tests.analytics_svc.rooms import BY
from tests.campaign_svc.journeys.stored import edit
from tests.fixtures import MakeDatabase

NAMES = {one.name for one in STANDARD}


def stored_names(session: Session) -> set[str]:
    return set(session.exec(select(Journey.name)))


def as_before_the_record(tx: Tx) -> None:
    """A system of the first release: the two first journeys, and no record of what was planted."""
    for model in (PlantedJourney, Journey, JourneyVersion):
        tx.session.execute(delete(model))
    for definition in FIRST:
        plant(tx, definition)


def without(tx: Tx, name: str) -> None:
    tx.session.execute(delete(Journey).where(col(Journey.name) == name))


async def test_a_new_system_gets_them_all(db: Database) -> None:
    assert await db.read(stored_names) == NAMES


async def test_an_older_system_gets_what_it_lacks_and_its_own_stays(make_database: MakeDatabase) -> None:
    db = make_database(tables.metadata)
    await db.write(seed_templates, by=BY)
    await db.write(as_before_the_record, by=BY)
    await db.write(edit, "Welcome", {"name": "Hello", "on": False}, by=BY)
    for _ in range(2):
        await db.write(journeys.seed, by=BY)
    assert await db.read(stored_names) == NAMES - {"Welcome"} | {"Hello"}


async def test_one_that_is_gone_does_not_come_again(db: Database) -> None:
    await db.write(without, "Look at alarms", by=BY)
    await db.write(journeys.seed, by=BY)
    assert await db.read(stored_names) == NAMES - {"Look at alarms"}


async def test_a_name_that_a_person_gave_before_stays_theirs(make_database: MakeDatabase) -> None:
    db = make_database(tables.metadata)
    await db.write(seed_templates, by=BY)
    await db.write(as_before_the_record, by=BY)
    await db.write(edit, "Welcome", {"name": "Look at alarms"}, by=BY)
    await db.write(journeys.seed, by=BY)
    assert await db.read(stored_names) == NAMES - {"Welcome"}
