"""Every journey that is on decides about each occasion, and what is to be done is planned, once.

Whoever calls has locked what the facts are about, so that nobody else decides about it until the end of the
transaction, and what was done already is certain.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from services.campaign_svc.delivery.models import TASKS, actions
from services.campaign_svc.journeys.catalog import Live, live
from services.campaign_svc.journeys.definitions import AnyAction
from services.campaign_svc.journeys.engine import Verdict, decide
from services.campaign_svc.journeys.entries import Entry
from services.campaign_svc.journeys.models import Decision
from shared.contracts.campaign import DecisionMade
from shared.database import Tx
from shared.database.sql import insert_all, insert_new, table_of
from shared.events import Event
from shared.ids import new_id
from shared.telemetry.tracing import trace_id

decisions = table_of(Decision)


@dataclass(frozen=True, slots=True)
class Occasion:
    """One fact on its way to its decisions."""

    event: Event
    about: str
    id: str
    revision: int
    facts: Mapping[str, Any]
    of_contact: bool

    @classmethod
    def of(cls, entry: Entry, event: Event) -> "Occasion":
        return cls(
            event,
            entry.about_of(event),
            entry.occasion_of(event),
            entry.revision_of(event),
            entry.facts_of(event),
            entry.of_contacts,
        )

    @property
    def contact_id(self) -> str | None:
        return self.about if self.of_contact else None

    @property
    def observation_id(self) -> str | None:
        return self.id if self.of_contact else None


@dataclass(frozen=True, slots=True)
class Made:
    """A verdict on its way into the database: with its id, and the rows of the actions that it asks for."""

    id: str
    journey: Live
    occasion: Occasion
    verdict: Verdict
    actions: tuple[dict[str, Any], ...]


def decide_about(tx: Tx, entry: Entry, occasions: Sequence[Occasion]) -> None:
    made = list(_verdicts(tx, occasions, live(tx.session, entry.event.TYPE)))
    planned = insert_new(tx.session, actions, [row for one in made for row in one.actions], returning="id")
    settled = [_as_planned(one, planned) for one in made]
    insert_all(tx.session, decisions, [_row(tx, one) for one in settled])
    for one in settled:
        _state(tx, one)


def already_done(
    session: Session, journeys: Sequence[Live], abouts: Sequence[str]
) -> Mapping[tuple[str, str], AbstractSet[str]]:
    """By journey and what it is about, the names of actions that must not be done again: of any version, ever."""
    once = [journey.id for journey in journeys if journey.definition.repeat == "once"]
    query = select(actions.c.journey_id, actions.c.about, actions.c.name).where(
        actions.c.journey_id.in_(once), actions.c.about.in_(abouts)
    )
    done: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for journey_id, about, name in session.execute(query) if once else ():
        done[journey_id, about].add(name)
    return done


def _verdicts(tx: Tx, occasions: Sequence[Occasion], journeys: Sequence[Live]) -> Iterator[Made]:
    """In the order in which the facts came, so that the first of several occasions is the one that acts."""
    decided = _decided(tx.session, [occasion.id for occasion in occasions]) if journeys else {}
    done = defaultdict[tuple[str, str], AbstractSet[str]](
        frozenset, already_done(tx.session, journeys, list({occasion.about for occasion in occasions}))
    )
    for occasion in occasions:
        for journey in journeys:
            if decided.get((journey.id, occasion.id), -1) >= occasion.revision:
                continue
            decided[journey.id, occasion.id] = occasion.revision
            key = (journey.id, occasion.about)
            verdict = decide(journey.definition, vars(occasion.event), done[key], occasion.event.depth)
            if verdict.actions and journey.definition.repeat == "once":
                done[key] = done[key] | {action.name for action in verdict.actions}
            yield _made(tx, journey, occasion, verdict)


def _made(tx: Tx, journey: Live, occasion: Occasion, verdict: Verdict) -> Made:
    made = Made(new_id("dec"), journey, occasion, verdict, ())
    return replace(made, actions=tuple(_planned(tx, made, action) for action in verdict.actions))


def _planned(tx: Tx, made: Made, action: AnyAction) -> dict[str, Any]:
    once, occasion = made.journey.definition.repeat == "once", made.occasion
    return {
        "id": new_id("act"),
        "journey_id": made.journey.id,
        "journey_version": made.journey.version,
        "decision_id": made.id,
        "about": occasion.about,
        "contact_id": occasion.contact_id,
        "name": action.name,
        "kind": action.kind,
        "config": action.model_dump(exclude={"kind", "name"}) | {"facts": occasion.facts},
        "occurrence": "once" if once else occasion.id,
        "occasion": occasion.id,
        "state": "waiting",
        "version": 1,
        "planned_at": tx.now,
        "trace_id": trace_id(occasion.event.traceparent),
        "event_id": occasion.event.id,
        "depth": occasion.event.depth + 1,
        "occurred_at": occasion.event.occurred_at,
    }


def _as_planned(made: Made, planned: AbstractSet[str]) -> Made:
    """The unique rule of actions has the last word: what it refused was done already."""
    kept = tuple(row for row in made.actions if row["id"] in planned)
    if len(kept) == len(made.actions):
        return made
    verdict = made.verdict if kept else replace(made.verdict, acted=False, cause="already_done", actions=())
    return replace(made, actions=kept, verdict=verdict)


def _row(tx: Tx, made: Made) -> dict[str, Any]:
    occasion = made.occasion
    return {
        "id": made.id,
        "journey_id": made.journey.id,
        "journey_name": made.journey.definition.name,
        "journey_version": made.journey.version,
        "about": occasion.about,
        "contact_id": occasion.contact_id,
        "occasion": occasion.id,
        "observation_id": occasion.observation_id,
        "revision": occasion.revision,
        "acted": made.verdict.acted,
        "cause": made.verdict.cause,
        "inputs": occasion.facts,
        "conditions": made.verdict.trace.as_json(),
        "actions": [row["id"] for row in made.actions],
        "event_id": occasion.event.id,
        "trace_id": trace_id(occasion.event.traceparent),
        "depth": occasion.event.depth,
        "occurred_at": occasion.event.occurred_at,
        "decided_at": tx.now,
    }


def _state(tx: Tx, made: Made) -> None:
    """The decision leaves as a fact, and each action becomes due at once."""
    occasion = made.occasion
    fact = DecisionMade(
        decision_id=made.id,
        about=occasion.about,
        contact_id=occasion.contact_id,
        journey_id=made.journey.id,
        journey_name=made.journey.definition.name,
        journey_version=made.journey.version,
        occasion=occasion.id,
        observation_id=occasion.observation_id,
        acted=made.verdict.acted,
        withheld_because=made.verdict.cause,
        actions=[row["id"] for row in made.actions],
        sequence=1,
        occurred_at=tx.now,
    )
    tx.emit(fact, cause=occasion.event)
    for row in made.actions:
        payload = {"action_id": row["id"], "kind": row["kind"], "contact_id": row["contact_id"]}
        tx.later(TASKS[row["kind"]], key=row["id"], payload=payload, cause=occasion.event)


def _decided(session: Session, occasions: Sequence[str]) -> dict[tuple[str, str], int]:
    """By journey and occasion the newest revision that was decided about."""
    query = select(decisions.c.journey_id, decisions.c.occasion, decisions.c.revision).where(
        decisions.c.occasion.in_(occasions)
    )
    decided: dict[tuple[str, str], int] = {}
    for journey_id, occasion, revision in session.execute(query.order_by(decisions.c.revision)):
        decided[journey_id, occasion] = revision
    return decided
