"""What a journey can begin with: which fact, what that is about, what its occasion is, what may be asked and done."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.conditions import FieldType
from shared.contracts.analytics import AnomalyDetected, ChannelPerformanceChanged, LeadScored
from shared.contracts.fields import OF_A_CHANGE, OF_A_SCORE, OF_AN_ANOMALY
from shared.events import Event


@dataclass(frozen=True, slots=True)
class Entry:
    """`about` and `occasion` are fields of the fact. `facts` are what is kept of it, with a decision and its actions.

    `revised`: a later fact about the same occasion corrects it, and is decided about again; else it says nothing new.
    """

    event: type[Event]
    about: str
    occasion: str
    fields: Mapping[str, FieldType]
    facts: tuple[str, ...]
    kinds: frozenset[str]
    revised: bool

    @property
    def of_contacts(self) -> bool:
        return self.about == "contact_id"

    def about_of(self, event: Event) -> str:
        return str(getattr(event, self.about))

    def occasion_of(self, event: Event) -> str:
        return str(getattr(event, self.occasion))

    def revision_of(self, event: Event) -> int:
        return event.sequence if self.revised else 1

    def facts_of(self, event: Event) -> dict[str, Any]:
        """As JSON. Those of a score are JSON already, and many come at once."""
        if not self.of_contacts:
            return event.model_dump(mode="json", include=set(self.facts))
        known = vars(event)
        return {name: known[name] for name in self.facts}

    def as_compared(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Stored facts, with the exact numbers that JSON keeps as text."""
        exact = {name for name, field in self.fields.items() if field.kind == "number"}
        return {
            name: Decimal(value) if name in exact and isinstance(value, str) else value for name, value in facts.items()
        }


EVERYTHING = frozenset({"email", "task", "webhook"})
ENTRIES: Mapping[str, Entry] = {
    LeadScored.TYPE: Entry(
        LeadScored,
        about="contact_id",
        occasion="observation_id",
        fields=OF_A_SCORE,
        facts=tuple(name.partition(".")[0] for name in OF_A_SCORE),
        kinds=EVERYTHING,
        revised=False,
    ),
    AnomalyDetected.TYPE: Entry(
        AnomalyDetected,
        about="series",
        occasion="anomaly_id",
        fields=OF_AN_ANOMALY,
        facts=tuple(sorted(AnomalyDetected.data_fields())),
        kinds=EVERYTHING - {"email"},
        revised=True,
    ),
    ChannelPerformanceChanged.TYPE: Entry(
        ChannelPerformanceChanged,
        about="channel",
        occasion="change_id",
        fields=OF_A_CHANGE,
        facts=tuple(sorted(ChannelPerformanceChanged.data_fields())),
        kinds=EVERYTHING - {"email"},
        revised=True,
    ),
}
