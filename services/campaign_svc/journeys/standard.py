"""The journeys out of the box, and how they come: each once, by its name, whatever becomes of it later."""

from sqlmodel import select

from services.campaign_svc.journeys.catalog import plant
from services.campaign_svc.journeys.definitions import Definition, EmailAction, TaskAction
from services.campaign_svc.journeys.models import Journey, PlantedJourney
from shared.conditions import Group, Rule
from shared.database import Tx
from shared.database.sql import insert_new


def _all(*rules: Rule) -> Group:
    return Group(combinator="and", rules=list(rules))


def _grade(*grades: str) -> Group:
    return _all(Rule(field="grade", operator="in", value=list(grades)))


FIRST = [
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

STANDARD = [
    *FIRST,
    Definition(
        name="Look at alarms",
        entry="anomaly.detected",
        when=_all(
            Rule(field="severity", operator="=", value="alarm"), Rule(field="standing", operator="=", value=True)
        ),
        repeat="every",
        actions=[
            TaskAction(
                kind="task",
                name="look",
                title="Check {{ campaign }} on {{ channel }}: {{ reason }}",
                assignee="marketing",
                due_in_seconds=8 * 3600,
            )
        ],
    ),
    Definition(
        name="Look at channels that got worse",
        entry="channel.performance_changed",
        when=_all(Rule(field="direction", operator="=", value="worse")),
        repeat="every",
        actions=[
            TaskAction(
                kind="task",
                name="look",
                title="Check the channel {{ channel }}: {{ reason }}",
                assignee="marketing",
                due_in_seconds=24 * 3600,
            )
        ],
    ),
]


def seed(tx: Tx) -> None:
    """What is recorded as planted is never planted again. A system older than the record had the first two."""
    session = tx.session
    used = session.exec(select(Journey.id).limit(1)).first() is not None
    recorded = session.exec(select(PlantedJourney.name).limit(1)).first() is not None
    if used and not recorded:
        _record(tx, FIRST)
    new = _record(tx, STANDARD)
    for definition in STANDARD:
        if definition.name in new:
            plant(tx, definition)


def _record(tx: Tx, journeys: list[Definition]) -> set[str]:
    """Those that were not recorded before. Of two that start at once, the second waits for the first."""
    rows = [{"name": one.name, "planted_at": tx.now} for one in journeys]
    return insert_new(tx.session, PlantedJourney, rows, returning="name")
