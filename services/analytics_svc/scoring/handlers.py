"""What happens when a lead is captured: its contact is scored, once for each observation, and the score is stated.

The score is that of the newest facts known of the contact. So a fact that comes late, or in another order, changes
nothing but the count: it can neither lower the score nor bring back what was true before.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import bindparam, select

from services.analytics_svc.scoring import ledger
from services.analytics_svc.scoring.models import ScoredObservation, StoredScore
from services.analytics_svc.scoring.points import Points, Score, score
from shared.contracts.analytics import LeadScored
from shared.contracts.customer import LeadCaptured
from shared.database import Tx
from shared.database.sql import insert_all, insert_new, table_of, upsert_newer
from shared.events import Event
from shared.telemetry.tracing import trace_id

OF_OBSERVATION = {"contact_id", "observation_id", "source", "created"}
FACTS = tuple(sorted(LeadCaptured.data_fields() - OF_OBSERVATION))
STATED = tuple(name for name in FACTS if name in LeadScored.model_fields)

scores, observations = table_of(StoredScore), table_of(ScoredObservation)
# Built once: to build a statement costs more than to run it, and these run for every batch of leads.
_STANDING = (scores.c.contact_id, scores.c.version, scores.c.sequence, scores.c.facts, scores.c.as_of)
_LOCK = (
    select(*_STANDING)
    .where(scores.c.contact_id.in_(bindparam("contacts", expanding=True)))
    .order_by(scores.c.contact_id)
    .with_for_update()
)
_SCORED = select(observations.c.observation_id).where(
    observations.c.observation_id.in_(bindparam("observations", expanding=True))
)


def on_leads_captured(tx: Tx, events: Sequence[LeadCaptured]) -> None:
    """Contacts are locked in their order; under the lock, versions and what is scored already are certain."""
    number, points = _points(tx)
    standing = _locked(tx, sorted({event.contact_id for event in events}))
    scored = _already_scored(tx, [event.observation_id for event in events])
    history: list[dict[str, Any]] = []
    for event in events:
        if event.observation_id not in scored:
            scored.add(event.observation_id)
            history.append(_score(tx, event, standing[event.contact_id], points, number))
    changed = {row["contact_id"] for row in history}
    upsert_newer(
        tx.session, scores, [standing[contact_id] for contact_id in changed], key="contact_id", version="version"
    )
    insert_all(tx.session, observations, history)


def _score(
    tx: Tx, event: LeadCaptured, standing: dict[str, Any], points: Points, points_version: int
) -> dict[str, Any]:
    """State the score, bring the standing of the contact up to date, and give the row for its history."""
    if event.sequence > standing["sequence"]:
        known = vars(event)
        facts = {name: known[name] for name in FACTS}
        standing.update(sequence=event.sequence, facts=facts, as_of=event.occurred_at)
    made = score(points, standing["facts"])
    standing["version"] += 1
    _state(tx, event, standing, made, points_version)
    row = _row(tx, made, points_version)
    standing.update(row)
    return row | _observed(event, standing["version"])


def _state(tx: Tx, event: LeadCaptured, standing: Mapping[str, Any], made: Score, points_version: int) -> None:
    facts = standing["facts"]
    scored = LeadScored(
        contact_id=event.contact_id,
        observation_id=event.observation_id,
        sequence=standing["version"],
        occurred_at=event.occurred_at,
        score=made.score,
        fit=made.fit,
        engagement=made.engagement,
        grade=made.grade,
        points_version=points_version,
        contributions=list(made.contributions),
        source=event.source,
        created=event.created,
        **{name: facts[name] for name in STATED},
    )
    tx.emit(scored, cause=event)


def _row(tx: Tx, made: Score, points_version: int) -> dict[str, Any]:
    return {
        "score": made.score,
        "fit": made.fit,
        "engagement": made.engagement,
        "grade": made.grade,
        "points_version": points_version,
        "contributions": [dict(vars(contribution)) for contribution in made.contributions],
        "scored_at": tx.now,
    }


def _observed(event: LeadCaptured, version: int) -> dict[str, Any]:
    return {
        "observation_id": event.observation_id,
        "contact_id": event.contact_id,
        "version": version,
        "occurred_at": event.occurred_at,
        "event_id": event.id,
        "trace_id": trace_id(event.traceparent),
    }


def _points(tx: Tx) -> tuple[int, Points]:
    number, points = ledger.newest(tx.session)
    return number, _parsed(orjson.dumps(points))


@lru_cache(maxsize=100)
def _parsed(points: bytes) -> Points:
    """A version never changes, and every batch of leads needs it."""
    return Points.model_validate_json(points)


def _locked(tx: Tx, contact_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """A row for each contact, held until the transaction ends. New ones go in first: only what is there can be held."""
    empty = {"version": 0, "sequence": -1, "facts": {}, "as_of": tx.now} | _row(tx, Score(0, 0, 0, "C", ()), 0)
    new = [{"contact_id": contact_id, **empty} for contact_id in contact_ids]
    insert_new(tx.session, scores, new, returning="contact_id")
    names = [column.name for column in _STANDING]
    held = tx.session.execute(_LOCK, {"contacts": list(contact_ids)})
    return {row[0]: dict(zip(names, row, strict=True)) for row in held}


def _already_scored(tx: Tx, observation_ids: Sequence[str]) -> set[str]:
    return set(tx.session.execute(_SCORED, {"observations": list(observation_ids)}).scalars())


HANDLERS: dict[type[Event], Any] = {LeadCaptured: on_leads_captured}
