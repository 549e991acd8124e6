"""What analytics and campaigns state about a person, shown on the timeline. What is about nobody is left out."""

from collections.abc import Sequence

from services.customer_svc.timeline.entries import contact_of, note
from shared.contracts.analytics import LeadScored
from shared.contracts.campaign import (
    ActionDone,
    ActionFailed,
    ActionSent,
    ActionUnknown,
    ActionWithheld,
    DecisionMade,
)
from shared.database import Tx
from shared.events import Event


def on_fact_about_a_contact(tx: Tx, facts: Sequence[Event]) -> None:
    note(tx, [fact for fact in facts if contact_of(fact) is not None])


SHOWN: list[type[Event]] = [
    LeadScored,
    DecisionMade,
    ActionSent,
    ActionDone,
    ActionWithheld,
    ActionFailed,
    ActionUnknown,
]
HANDLERS = dict.fromkeys(SHOWN, on_fact_about_a_contact)
