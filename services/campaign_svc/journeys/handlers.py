"""What happens when a lead is scored: every journey that is on decides, and what is to be done is planned, once.

The facts of the contact are written first, in the order of contacts. That also locks them, so for these contacts nobody
else decides until the end of the transaction, and what they had already is certain.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from services.campaign_svc.delivery.models import actions
from services.campaign_svc.journeys.catalog import Live, live
from services.campaign_svc.journeys.definitions import FACTS, AnyAction
from services.campaign_svc.journeys.engine import Verdict, decide
from services.campaign_svc.journeys.models import Decision, LeadFacts
from shared.contracts.analytics import LeadScored
from shared.contracts.campaign import DecisionMade
from shared.database import Tx
from shared.events import Event
from shared.ids import new_id
from shared.sql import insert_all, insert_new, table_of, upsert_newer
from shared.tracing import trace_id

decisions, lead_facts = table_of(Decision), table_of(LeadFacts)


@dataclass(frozen=True, slots=True)
class Made:
    """A verdict on its way into the database: with its id, and the rows of the actions that it asks for."""

    id: str
    journey: Live
    event: LeadScored
    facts: Mapping[str, Any]
    verdict: Verdict
    actions: tuple[dict[str, Any], ...]


def on_leads_scored(tx: Tx, events: Sequence[LeadScored]) -> None:
    facts = {event.id: facts_of(event) for event in events}
    _keep(tx, events, facts)
    made = list(_verdicts(tx, events, live(tx.session, LeadScored.TYPE), facts))
    planned = insert_new(tx.session, actions, [row for one in made for row in one.actions], returning="id")
    settled = [_as_planned(one, planned) for one in made]
    insert_all(tx.session, decisions, [_row(tx, one) for one in settled])
    for one in settled:
        _state(tx, one)


def facts_of(event: LeadScored) -> dict[str, Any]:
    known = vars(event)
    return {name: known[name] for name in FACTS}


def already_done(
    session: Session, journeys: Sequence[Live], contact_ids: Sequence[str]
) -> Mapping[tuple[str, str], AbstractSet[str]]:
    """By journey and contact the names of actions that must not be done again: of any version, at any occasion."""
    once = [journey.id for journey in journeys if journey.definition.repeat == "once"]
    query = select(actions.c.journey_id, actions.c.contact_id, actions.c.name).where(
        actions.c.journey_id.in_(once), actions.c.contact_id.in_(contact_ids)
    )
    done: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for journey_id, contact_id, name in session.execute(query) if once else ():
        done[journey_id, contact_id].add(name)
    return done


def _keep(tx: Tx, events: Sequence[LeadScored], facts: Mapping[str, Mapping[str, Any]]) -> None:
    rows = [
        {"contact_id": one.contact_id, "sequence": one.sequence, "facts": facts[one.id], "as_of": one.occurred_at}
        for one in events
    ]
    upsert_newer(tx.session, lead_facts, rows, key="contact_id")


def _verdicts(
    tx: Tx, events: Sequence[LeadScored], journeys: Sequence[Live], facts: Mapping[str, Mapping[str, Any]]
) -> Iterator[Made]:
    """In the order in which the facts came, so that the first of several observations is the one that acts."""
    decided = _decided(tx.session, [event.observation_id for event in events])
    done = defaultdict[tuple[str, str], AbstractSet[str]](
        frozenset, already_done(tx.session, journeys, list({event.contact_id for event in events}))
    )
    for event in events:
        for journey in journeys:
            if (journey.id, event.observation_id) in decided:
                continue
            decided.add((journey.id, event.observation_id))
            key = (journey.id, event.contact_id)
            verdict = decide(journey.definition, vars(event), done[key], event.depth)
            if verdict.actions and journey.definition.repeat == "once":
                done[key] = done[key] | {action.name for action in verdict.actions}
            yield _made(tx, journey, event, facts[event.id], verdict)


def _made(tx: Tx, journey: Live, event: LeadScored, facts: Mapping[str, Any], verdict: Verdict) -> Made:
    made = Made(new_id("dec"), journey, event, facts, verdict, ())
    return replace(made, actions=tuple(_planned(tx, made, action) for action in verdict.actions))


def _planned(tx: Tx, made: Made, action: AnyAction) -> dict[str, Any]:
    once = made.journey.definition.repeat == "once"
    return {
        "id": new_id("act"),
        "journey_id": made.journey.id,
        "journey_version": made.journey.version,
        "decision_id": made.id,
        "contact_id": made.event.contact_id,
        "name": action.name,
        "kind": action.kind,
        "config": action.model_dump(exclude={"kind", "name"}) | {"facts": made.facts},
        "occurrence": "once" if once else made.event.observation_id,
        "state": "waiting",
        "version": 1,
        "planned_at": tx.now,
        "trace_id": trace_id(made.event.traceparent),
        "event_id": made.event.id,
        "depth": made.event.depth + 1,
        "occurred_at": made.event.occurred_at,
    }


def _as_planned(made: Made, planned: AbstractSet[str]) -> Made:
    """The unique rule of actions has the last word: what it refused was done already."""
    kept = tuple(row for row in made.actions if row["id"] in planned)
    if len(kept) == len(made.actions):
        return made
    verdict = made.verdict if kept else replace(made.verdict, acted=False, cause="already_done", actions=())
    return replace(made, actions=kept, verdict=verdict)


def _row(tx: Tx, made: Made) -> dict[str, Any]:
    return {
        "id": made.id,
        "journey_id": made.journey.id,
        "journey_name": made.journey.definition.name,
        "journey_version": made.journey.version,
        "contact_id": made.event.contact_id,
        "observation_id": made.event.observation_id,
        "acted": made.verdict.acted,
        "cause": made.verdict.cause,
        "inputs": made.facts,
        "conditions": made.verdict.trace.as_json(),
        "actions": [row["id"] for row in made.actions],
        "event_id": made.event.id,
        "trace_id": trace_id(made.event.traceparent),
        "depth": made.event.depth,
        "occurred_at": made.event.occurred_at,
        "decided_at": tx.now,
    }


def _state(tx: Tx, made: Made) -> None:
    """The decision leaves as a fact, and each action becomes due at once."""
    fact = DecisionMade(
        decision_id=made.id,
        contact_id=made.event.contact_id,
        journey_id=made.journey.id,
        journey_name=made.journey.definition.name,
        journey_version=made.journey.version,
        observation_id=made.event.observation_id,
        acted=made.verdict.acted,
        withheld_because=made.verdict.cause,
        actions=[row["id"] for row in made.actions],
        sequence=1,
        occurred_at=tx.now,
    )
    tx.emit(fact, cause=made.event)
    for row in made.actions:
        payload = {"action_id": row["id"], "kind": row["kind"], "contact_id": row["contact_id"]}
        tx.later("action.dispatch", key=row["id"], payload=payload, cause=made.event)


def _decided(session: Session, observation_ids: Sequence[str]) -> set[tuple[str, str]]:
    query = select(decisions.c.journey_id, decisions.c.observation_id).where(
        decisions.c.observation_id.in_(observation_ids)
    )
    return {(journey_id, observation_id) for journey_id, observation_id in session.execute(query)}


HANDLERS: dict[type[Event], Any] = {LeadScored: on_leads_scored}
