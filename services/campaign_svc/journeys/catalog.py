"""The journeys there are: made, changed by a new version, read in any version, and those that are on, for deciding."""

from dataclasses import dataclass
from functools import lru_cache

import orjson
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from services.campaign_svc.journeys.definitions import FIELDS, Definition, EmailAction, TaskAction
from services.campaign_svc.journeys.models import Journey, JourneyVersion
from services.campaign_svc.journeys.shapes import JourneyOut
from services.campaign_svc.templates.library import names
from shared.conditions import Group, Rule, check
from shared.database import Tx
from shared.ids import new_id
from shared.problems import FieldError, conflict, invalid_fields, not_found
from shared.sql import insert_new
from shared.web import require_match


def _grade(*grades: str) -> Group:
    return Group(combinator="and", rules=[Rule(field="grade", operator="in", value=list(grades))])


STANDARD = [
    Definition(
        name="Welcome",
        entry="lead.scored",
        when=_grade("A", "B"),
        repeat="once",
        actions=[EmailAction(kind="email", name="welcome", template="welcome", purpose="marketing")],
    ),
    Definition(
        name="Call hot leads",
        entry="lead.scored",
        when=_grade("A"),
        repeat="once",
        actions=[TaskAction(kind="task", name="call", title="Call this lead", due_in_seconds=4 * 3600)],
    ),
]
"""Two, so that a contact who moves from B to A gets the task, and no second welcome."""


@dataclass(frozen=True, slots=True)
class Live:
    """A version that decides."""

    id: str
    version: int
    definition: Definition


def create(tx: Tx, wanted: Definition) -> JourneyOut:
    """Raises Problem 409 where the name is taken, 422 for what cannot be known or is not there."""
    _refuse_missing_templates(tx.session, wanted)
    journey = _new(tx, wanted)
    if journey is None:
        raise _name_taken()
    return _kept(tx, journey, wanted)


def change(tx: Tx, journey_id: str, wanted: Definition, expected: int | None) -> JourneyOut:
    """A new version, which decides from the next lead on. Raises Problem 404, 409, 412, 422, 428."""
    journey = tx.session.get(Journey, journey_id, with_for_update=True)
    if journey is None:
        raise not_found("journey")
    require_match(expected, journey.version)
    _refuse_missing_templates(tx.session, wanted)
    journey.version, journey.updated_at = journey.version + 1, tx.now
    journey.name, journey.on = wanted.name, wanted.on
    try:
        return _kept(tx, journey, wanted)
    except IntegrityError:
        raise _name_taken() from None


def seed(tx: Tx) -> None:
    """The journeys of a new system. Only where there are none: one that was renamed must not come to life again."""
    if tx.session.exec(select(Journey.id).limit(1)).first() is None:
        for definition in STANDARD:
            if journey := _new(tx, definition):
                _kept(tx, journey, definition)


def read(session: Session, journey_id: str) -> JourneyOut:
    found = session.execute(newest().where(col(Journey.id) == journey_id)).first()
    if found is None:
        raise not_found("journey")
    return JourneyOut.of(*found)


def live(session: Session, entry: str) -> list[Live]:
    """The journeys that are on and begin with this event, the oldest first."""
    found = session.execute(newest().where(col(Journey.on).is_(True)).order_by(Journey.id))
    definitions = [Live(j.id, v.version, _parsed(orjson.dumps(v.definition))) for j, v in found]
    return [one for one in definitions if one.definition.entry == entry]


@lru_cache(maxsize=1_000)
def _parsed(definition: bytes) -> Definition:
    """A version never changes, and every batch of leads needs it."""
    return Definition.model_validate_json(definition)


def newest() -> Select[Journey, JourneyVersion]:
    return versions().where(col(JourneyVersion.version) == col(Journey.version))


def versions() -> Select[Journey, JourneyVersion]:
    return select(Journey, JourneyVersion).join(JourneyVersion, col(JourneyVersion.journey_id) == Journey.id)


def refuse_unknown_fields(wanted: Definition) -> None:
    """Raises Problem 422 with a pointer to each field that no fact has."""
    check(wanted.when, FIELDS, "/when")


def _refuse_missing_templates(session: Session, wanted: Definition) -> None:
    asked = {n: action.template for n, action in enumerate(wanted.actions) if isinstance(action, EmailAction)}
    there = names(session, set(asked.values()))
    faults = [
        FieldError(f"/actions/{n}/template", "unknown_template", "There is no template of this name.")
        for n, name in asked.items()
        if name not in there
    ]
    if faults:
        raise invalid_fields(faults)


def _new(tx: Tx, wanted: Definition) -> Journey | None:
    """None where the name is taken: the insert decides, as a look before it would race."""
    journey = Journey(id=new_id("jrn"), name=wanted.name, version=1, on=wanted.on, created_at=tx.now, updated_at=tx.now)
    return journey if insert_new(tx.session, Journey, [journey.model_dump()], returning="id") else None


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
