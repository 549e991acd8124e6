"""What a journey would decide now, on the newest facts known here. Nothing is done, nothing is recorded."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from services.campaign_svc.journeys import catalog
from services.campaign_svc.journeys.deciding import already_done
from services.campaign_svc.journeys.engine import decide
from services.campaign_svc.journeys.entries import ENTRIES, Entry
from services.campaign_svc.journeys.handlers import subject_key
from services.campaign_svc.journeys.models import LeadFacts, SubjectFacts
from services.campaign_svc.journeys.shapes import TryOut
from shared.problems import not_found


def tried(session: Session, journey_id: str, about: str) -> TryOut:
    """Raises Problem 404 for a journey that is not there, and where nothing is known of what it is to decide about."""
    journey = catalog.read(session, journey_id)
    entry = ENTRIES[journey.entry]
    facts, as_of = _newest(session, entry, about)
    done = already_done(session, [catalog.Live(journey.id, journey.version, journey)], [about])
    verdict = decide(journey, entry.as_compared(facts), done.get((journey.id, about), frozenset()), depth=0)
    return TryOut(
        journey_id=journey.id,
        journey_version=journey.version,
        about=about,
        contact_id=about if entry.of_contacts else None,
        would_act=verdict.acted,
        cause=verdict.cause,
        inputs=dict(facts),
        conditions=verdict.trace.as_json(),
        actions=list(verdict.actions),
        as_of=as_of,
    )


def _newest(session: Session, entry: Entry, about: str) -> tuple[Mapping[str, Any], datetime]:
    lead = session.get(LeadFacts, about) if entry.of_contacts else None
    known = lead or session.get(SubjectFacts, subject_key(entry, about))
    if known is None:
        raise not_found(f"thing known here; it is as soon as a {entry.event.TYPE} was about it")
    return known.facts, known.as_of
