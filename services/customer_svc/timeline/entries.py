"""Putting facts on a person's timeline: each once, whoever tells it and however often."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from services.customer_svc.timeline.models import TimelineEntry
from shared.database import Tx
from shared.database.sql import insert_new
from shared.events import Event
from shared.telemetry.tracing import trace_id


def state(tx: Tx, facts: Sequence[Event]) -> None:
    """Emit facts of our own, and show them: they are on the timeline in the transaction that made them true."""
    for fact in facts:
        tx.emit(fact)
    tx.add(TimelineEntry, [_entry(tx, fact, tx.traceparent) for fact in facts])


def note(tx: Tx, facts: Sequence[Event]) -> None:
    """Show what other services state. A fact that stands here already changes nothing."""
    entries = [_entry(tx, fact, fact.traceparent) for fact in sorted(facts, key=lambda fact: fact.id)]
    insert_new(tx.session, TimelineEntry, entries, returning="event_id")


def contact_of(fact: Event) -> str | None:
    contact_id: str | None = getattr(fact, "contact_id", None)
    return contact_id


@cache
def _shown(kind: type[Event]) -> set[str]:
    """All but whose timeline it is, which every entry of it would repeat."""
    return kind.data_fields() - {"contact_id", "about", "occasion"}


def _entry(tx: Tx, fact: Event, traceparent: str | None) -> dict[str, Any]:
    return {
        "event_id": fact.id,
        "contact_id": contact_of(fact),
        "kind": fact.TYPE,
        "occurred_at": fact.occurred_at,
        "recorded_at": tx.now,
        "cause": fact.cause,
        "trace_id": trace_id(traceparent),
        "data": fact.model_dump(mode="json", include=_shown(type(fact)), exclude_none=True),
    }
