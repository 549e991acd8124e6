"""The journeys there are: made, changed by a new version, read in any version, and those that are on, for deciding."""

from dataclasses import dataclass
from functools import lru_cache

import orjson
from sqlalchemy import bindparam
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from services.campaign_svc.journeys.checks import refuse_missing
from services.campaign_svc.journeys.definitions import Definition
from services.campaign_svc.journeys.models import Journey, JourneyVersion
from services.campaign_svc.journeys.shapes import JourneyChange, JourneyOut
from shared.database import Tx
from shared.database.sql import insert_new
from shared.ids import new_id
from shared.problems import conflict, not_found
from shared.web import found_or_404, refuse_stale


@dataclass(frozen=True, slots=True)
class Live:
    """A version that decides."""

    id: str
    version: int
    definition: Definition


def create(tx: Tx, wanted: Definition) -> JourneyOut:
    """Raises Problem 409 where the name is taken, 422 for a template or endpoint that is not there."""
    refuse_missing(tx.session, wanted)
    if (made := plant(tx, wanted)) is None:
        raise _name_taken()
    return made


def change(tx: Tx, journey_id: str, sent: JourneyChange, expected: int) -> JourneyOut:
    """A new version, which decides from the next fact on. Raises Problem 404, 409, 412, 422, 428."""
    journey = found_or_404(tx.session, Journey, journey_id, "journey", lock=True)
    refuse_stale(expected, journey.version)
    wanted = sent.after(journey.on)
    refuse_missing(tx.session, wanted)
    journey.version, journey.updated_at = journey.version + 1, tx.now
    journey.name, journey.on = wanted.name, wanted.on
    try:
        return _kept(tx, journey, wanted)
    except IntegrityError:
        raise _name_taken() from None


def plant(tx: Tx, wanted: Definition) -> JourneyOut | None:
    """None where the name is taken: the insert decides, as a look before it would race."""
    journey = Journey(id=new_id("jrn"), name=wanted.name, version=1, on=wanted.on, created_at=tx.now, updated_at=tx.now)
    new = insert_new(tx.session, Journey, [journey.model_dump()], returning="id")
    return _kept(tx, journey, wanted) if new else None


def read(session: Session, journey_id: str) -> JourneyOut:
    found = session.execute(newest().where(col(Journey.id) == journey_id)).first()
    if found is None:
        raise not_found("journey")
    return JourneyOut.of(*found)


_LIVE = (
    select(col(Journey.id), col(Journey.version), col(JourneyVersion.definition))
    .join(JourneyVersion, col(JourneyVersion.journey_id) == Journey.id)
    .where(
        col(JourneyVersion.version) == col(Journey.version),
        col(Journey.on).is_(True),
        col(JourneyVersion.definition)["entry"].as_string() == bindparam("entry"),
    )
    .order_by(col(Journey.id))
)


def live(session: Session, entry: str) -> list[Live]:
    """The journeys that are on and begin with this fact, the oldest first."""
    found = session.execute(_LIVE, {"entry": entry})
    return [Live(id, version, _parsed(orjson.dumps(definition))) for id, version, definition in found]


@lru_cache(maxsize=1_000)
def _parsed(definition: bytes) -> Definition:
    """A version never changes, and every batch of facts needs it."""
    return Definition.model_validate_json(definition)


def newest() -> Select[Journey, JourneyVersion]:
    return versions().where(col(JourneyVersion.version) == col(Journey.version))


def versions() -> Select[Journey, JourneyVersion]:
    return select(Journey, JourneyVersion).join(JourneyVersion, col(JourneyVersion.journey_id) == Journey.id)


def _kept(tx: Tx, journey: Journey, definition: Definition) -> JourneyOut:
    version = JourneyVersion(
        journey_id=journey.id,
        version=journey.version,
        definition=definition.model_dump(mode="json", by_alias=True, include=set(Definition.model_fields)),
        created_at=tx.now,
        created_by=tx.by.subject,
    )
    tx.session.add(version)
    tx.session.flush()
    return JourneyOut.of(journey, version)


def _name_taken() -> Exception:
    return conflict("A journey of this name exists; change that one, or choose another name.")
