"""Made-up leads from a seed, and what must come of each person, known before anything is sent.

The points that a new system has give these leads the same grade however often and in whatever order they come.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from tests.chaos.calls import Address, Request

Grade = Literal["A", "B", "C"]

GRADES: tuple[Grade, ...] = ("A", "B", "C")
EXPECTED: Mapping[str, frozenset[Grade]] = {"Welcome": frozenset(("A", "B")), "Call hot leads": frozenset(("A",))}
"""The journeys of a new system, and the grades for which each acts, once for each person."""
KINDS = {"Welcome": "email", "Call hot leads": "task"}

MOST_OBSERVATIONS = 4  # a fifth would lift a B with permission to an A
COMES_AGAIN, IN_BATCH = 0.4, 0.3
LARGEST_BATCH = 25
BY_GRADE: Mapping[Grade, Mapping[str, str]] = {
    "A": {"company": "Mill Works", "job_title": "CTO", "industry": "software", "source": "demo_request"},
    "B": {"company": "Mill Works", "industry": "software", "source": "fair"},
    "C": {"source": "purchased_list"},
}


@dataclass(frozen=True)
class Person:
    """`address` is empty for who leaves only a phone number: each such lead is somebody new."""

    name: str
    grade: Grade
    consent: bool
    address: str


@dataclass(frozen=True)
class Row:
    """One lead as it is sent, and whose it is."""

    TO: ClassVar[Address] = Address("customer", "/v1/leads", "leads")

    person: Person
    sent: Mapping[str, Any]


def requests(seed: int, leads: int) -> list[Request]:
    """The calls of a run, together with so many leads. The same seed makes the same calls."""
    chance, rows = random.Random(f"people {seed}"), _rows(seed, leads)
    made: list[Request] = []
    while row := next(rows, None):
        batch = chance.random() < IN_BATCH
        more = [one for _ in range(chance.randint(1, LARGEST_BATCH) if batch else 0) if (one := next(rows, None))]
        made.append(Request(f"chaos-{seed}-{len(made)}", (row, *more), batch))
    return made


def _rows(seed: int, leads: int) -> Iterator[Row]:
    chance = random.Random(f"rows {seed}")
    again: list[Person] = []
    for number in range(leads):
        if again and chance.random() < COMES_AGAIN:
            person = again.pop(chance.randrange(len(again)))
        else:
            person = _person(chance, number)
            again += [person] * chance.randint(0, MOST_OBSERVATIONS - 1) if person.address else []
        yield Row(person, _lead(chance, person))


def _person(chance: random.Random, number: int) -> Person:
    if chance.random() < 0.1:
        return Person(f"phone{number}", "C", False, "")
    grade: Grade = chance.choice(GRADES)
    return Person(f"p{number}", grade, chance.random() < 0.8, f"p{number}@chaos.example")


def _lead(chance: random.Random, person: Person) -> Mapping[str, Any]:
    if not person.address:
        return {"source": "fair", "phone": f"+4930{901_820_000 + chance.randrange(1_000)}"}
    consent = [{"purpose": "marketing", "channel": "email"}] if person.consent else []
    spelt = chance.choice([person.address, person.address.upper(), f"  {person.address} "])
    return {**BY_GRADE[person.grade], "email": spelt, "name": person.name.title(), "consent": consent}
