"""Who is who: leads on their way in, put together into people. Thinking only; it is given what the database knows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.customer_svc.contacts.leads import LeadIn
from services.customer_svc.contacts.people import Found, Known
from shared.ids import new_id


@dataclass(frozen=True, slots=True)
class Arrival:
    """One lead: its place in the request, cleaned, as it was received, and its identifiers by field."""

    index: int
    lead: LeadIn
    received: bytes
    identifiers: Mapping[str, str]


@dataclass(slots=True)
class Person:
    """One person and what arrived about them, in order. `unseen` are identifiers to be added, with their field."""

    contact_id: str
    known: Known | None = None
    arrivals: list[Arrival] = field(default_factory=list)
    unseen: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A lead whose identifiers belong to different people. `fields` are those that name them."""

    index: int
    fields: list[str]


def lookups_of(arrivals: Iterable[Arrival]) -> list[str]:
    return sorted({lookup for arrival in arrivals for lookup in arrival.identifiers.values()})


def resolve(arrivals: Sequence[Arrival], found: Found) -> tuple[list[Person], list[Contradiction]]:
    """As if the leads came one by one: an identifier seen in one names the same person in those after it.

    A lead without identifiers is a person of its own. One that contradicts itself changes nothing for the others.
    """
    people = {known.contact_id: Person(known.contact_id, known) for known in found.values()}
    owner = {lookup: people[known.contact_id] for lookup, known in found.items()}
    met: dict[str, Person] = {}
    contradictions = []
    for arrival in arrivals:
        owners = {owner[lookup].contact_id: owner[lookup] for lookup in arrival.identifiers.values() if lookup in owner}
        if len(owners) > 1:
            fields = [name for name, lookup in arrival.identifiers.items() if lookup in owner]
            contradictions.append(Contradiction(arrival.index, fields))
            continue
        person = next(iter(owners.values()), None) or Person(new_id("con"))
        met[person.contact_id] = person
        person.arrivals.append(arrival)
        for name, lookup in arrival.identifiers.items():
            if owner.setdefault(lookup, person) is person and lookup not in found:
                person.unseen[lookup] = name
    return list(met.values()), contradictions
