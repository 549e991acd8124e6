"""The load's own ledger: what was asked for and what was promised, one JSON line for each, and nobody else's word."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.people import Grade, Person, Request


@dataclass(frozen=True)
class Promise:
    """A 2xx about one lead: from here on it may neither be lost nor be there twice."""

    person: Person
    contact_id: str
    observation_id: str

    @property
    def grade(self) -> Grade:
        return self.person.grade


@dataclass(frozen=True)
class Ledger:
    """`asked` is how many leads were sent; `surprises` are answers that no kill excuses."""

    asked: int
    promises: tuple[Promise, ...]
    surprises: tuple[str, ...] = ()

    def people(self) -> dict[str, Person]:
        """By contact, as it was promised."""
        return {promise.contact_id: promise.person for promise in self.promises}

    def observations(self) -> dict[str, list[str]]:
        """The observations of each contact."""
        found: dict[str, list[str]] = {}
        for promise in self.promises:
            found.setdefault(promise.contact_id, []).append(promise.observation_id)
        return found


class Book:
    """Writes the ledger as a run goes on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.answered = 0
        self.asked = 0
        self.complete = False
        self._promises: list[Promise] = []
        self._surprises: list[str] = []

    def ask(self, request: Request) -> None:
        self.asked += len(request.rows)
        self._line({"asked": request.key, "leads": len(request.rows)})

    def promise(self, request: Request, results: list[dict[str, Any]]) -> None:
        for row, result in zip(request.rows, results, strict=True):
            promise = Promise(row.person, result["contact_id"], result["observation_id"])
            self._promises.append(promise)
            ids = {"contact_id": promise.contact_id, "observation_id": promise.observation_id}
            self._line({"promised": request.key, "person": row.person.name, **ids})
        self.answered += len(request.rows)

    def surprise(self, what: str) -> None:
        self._surprises.append(what)
        self._line({"surprise": what})

    def ledger(self) -> Ledger:
        return Ledger(self.asked, tuple(self._promises), tuple(self._surprises))

    def _line(self, entry: dict[str, Any]) -> None:
        with self._path.open("a") as file:
            file.write(json.dumps(entry) + "\n")
