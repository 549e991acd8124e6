"""A small history in which every promise was kept: what each check of the oracle is shown to turn red on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.ledger import Ledger, Promise
from tests.chaos.people import EXPECTED, KINDS, Person
from tests.chaos.shown import Item, Shown

PEOPLE = [
    Person("ann", "A", True, "ann@chaos.example"),
    Person("bob", "B", True, "bob@chaos.example"),
    Person("bea", "B", False, "bea@chaos.example"),
    Person("cem", "C", True, "cem@chaos.example"),
    Person("phone", "C", False, ""),
]
OBSERVATIONS = 2


def kept() -> tuple[Ledger, Shown]:
    """Two observations of each, and all that follows from them."""
    promises = tuple(
        Promise(person, f"con_{person.name}", f"obs_{person.name}_{number}")
        for person in PEOPLE
        for number in range(OBSERVATIONS)
    )
    told = History()
    for person in PEOPLE:
        told.live(person, [one.observation_id for one in promises if one.person is person])
    return Ledger(len(promises), promises), told.shown()


@dataclass
class History:
    contacts: list[Item] = field(default_factory=list)
    timelines: dict[str, list[Item]] = field(default_factory=dict)
    scores: list[Item] = field(default_factory=list)
    decisions: list[Item] = field(default_factory=list)
    actions: list[Item] = field(default_factory=list)
    tasks: list[Item] = field(default_factory=list)
    mails: list[Item] = field(default_factory=list)

    def live(self, person: Person, observations: Sequence[str]) -> None:
        contact, number = f"con_{person.name}", len(observations)
        self.contacts.append({"id": contact, "observations": number, "version": number, "grade": person.grade})
        self.scores.append({"contact_id": contact, "version": number})
        for place, observation in enumerate(observations):
            self._tell(contact, "lead.captured", observation_id=observation)
            self._tell(contact, "lead.scored", observation_id=observation)
            for journey, grades in EXPECTED.items():
                self._decide(person, journey, observation, acted=person.grade in grades and place == 0)

    def shown(self) -> Shown:
        states = [action["state"] for action in self.actions]
        parts = ("waiting", "sent", "done", "withheld", "failed", "unknown")
        return Shown(
            summary={"planned": len(states)} | {part: states.count(part) for part in parts},
            journeys=[{"id": f"jrn_{name}", "name": name} for name in EXPECTED],
            **vars(self),
        )

    def _tell(self, contact: str, kind: str, **data: Any) -> None:
        self.timelines.setdefault(contact, []).append({"kind": kind, "data": data})

    def _decide(self, person: Person, journey: str, observation: str, *, acted: bool) -> None:
        contact = f"con_{person.name}"
        made = {"journey_name": journey, "observation_id": observation, "contact_id": contact, "acted": acted}
        self.decisions.append(made)
        self._tell(contact, "decision.made", **made)
        if acted:
            self._act(person, journey)

    def _act(self, person: Person, journey: str) -> None:
        contact, action = f"con_{person.name}", f"act_{journey}_{person.name}"
        task = KINDS[journey] == "task"
        state = "done" if task else "sent" if person.consent else "withheld"
        self.actions.append({"id": action, "journey_id": f"jrn_{journey}", "contact_id": contact, "state": state})
        self._tell(contact, f"action.{state}", action_id=action)
        if task:
            self.tasks.append({"action_id": action})
        if state == "sent":
            self.mails.append({"X-Rainmaker-Action": action, "recipients": [person.address]})
