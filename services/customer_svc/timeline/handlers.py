"""What analytics and campaigns state about a person, shown on the timeline."""

from collections.abc import Sequence

from services.customer_svc.timeline.entries import note
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
    note(tx, facts)


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
