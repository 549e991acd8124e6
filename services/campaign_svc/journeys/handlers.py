"""What happens when a lead is scored, an alarm is raised or a channel changes: the journeys decide.

The newest facts of whom or what they decide about are written first, in the order of its ids. That also locks them: see
`deciding`.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from services.campaign_svc.journeys.deciding import Occasion, decide_about
from services.campaign_svc.journeys.entries import ENTRIES, Entry
from services.campaign_svc.journeys.models import LeadFacts, SubjectFacts
from shared.contracts.analytics import LeadScored
from shared.database import Tx
from shared.database.sql import table_of, upsert_newer
from shared.events import Event

lead_facts, subject_facts = table_of(LeadFacts), table_of(SubjectFacts)


def on_leads_scored(tx: Tx, events: Sequence[LeadScored]) -> None:
    entry = ENTRIES[LeadScored.TYPE]
    occasions = [Occasion.of(entry, event) for event in events]
    rows = [
        {"contact_id": one.about, "sequence": one.event.sequence, "facts": one.facts, "as_of": one.event.occurred_at}
        for one in occasions
    ]
    upsert_newer(tx.session, lead_facts, rows, key="contact_id")
    decide_about(tx, entry, occasions)


def on_subjects_changed(entry: Entry, tx: Tx, events: Sequence[Event]) -> None:
    """Facts about an ad campaign or a channel."""
    occasions = [Occasion.of(entry, event) for event in events]
    rows = [
        {"key": subject_key(entry, one.about), "facts": one.facts, "as_of": one.event.occurred_at} for one in occasions
    ]
    upsert_newer(tx.session, subject_facts, rows, key="key", version="as_of")
    decide_about(tx, entry, occasions)


def subject_key(entry: Entry, about: str) -> str:
    return f"{entry.event.TYPE} {about}"


HANDLERS: dict[type[Event], Any] = {
    LeadScored: on_leads_scored,
    **{entry.event: partial(on_subjects_changed, entry) for entry in ENTRIES.values() if not entry.of_contacts},
}
