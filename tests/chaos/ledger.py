"""The load's own ledger: what was asked for and what was promised, one JSON line for each, and nobody else's word."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

from tests.chaos.calls import Request, Sendable
from tests.chaos.companies import File, Told
from tests.chaos.metrics import Report
from tests.chaos.people import Grade, Person, Row

Answer = Mapping[str, Any]


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
class Reported:
    """A 2xx about one report of an ad network."""

    report: Report
    metric_id: str
    outcome: str


@dataclass(frozen=True)
class Recorded:
    """A 2xx about one company; of one in a file nobody says what became of it, only of all together."""

    told: Told
    company_id: str = ""
    fate: str = ""


@dataclass(frozen=True)
class Imported:
    """A file that is said to be stored. `killed_at`: after how many of its rows whoever stored it was killed."""

    file: File
    job: Answer
    killed_at: int


@dataclass(frozen=True)
class Ledger:
    """`asked` is how many rows were sent; `surprises` are answers that no kill excuses. In the order of the answers."""

    asked: int
    promises: tuple[Promise, ...] = ()
    surprises: tuple[str, ...] = ()
    reports: tuple[Reported, ...] = ()
    records: tuple[Recorded, ...] = ()
    imports: tuple[Imported, ...] = ()
    refusals: Mapping[str, int] = field(default_factory=dict)

    @property
    def answered(self) -> int:
        return len(self.promises) + len(self.reports) + len(self.records)

    def people(self) -> dict[str, Person]:
        """By contact, as it was promised."""
        return {promise.contact_id: promise.person for promise in self.promises}

    def observations(self) -> dict[str, list[str]]:
        """The observations of each contact."""
        found: dict[str, list[str]] = {}
        for promise in self.promises:
            found.setdefault(promise.contact_id, []).append(promise.observation_id)
        return found

    def metrics_told_again(self) -> set[str]:
        """Those of which there is a history to look at."""
        told = Counter(one.metric_id for one in self.reports)
        return {metric_id for metric_id, times in told.items() if times > 1}


@dataclass
class Book:
    """Writes the ledger as a run goes on. `rest_at`: with so many answered the load waits for the next kill."""

    path: Path
    answered: int = 0
    asked: int = 0
    complete: bool = False
    rest_at: float = inf
    refusals: Counter[str] = field(default_factory=Counter)
    """How often a call was told to come again, by the kind of problem."""
    _promises: list[Promise] = field(default_factory=list)
    _reports: list[Reported] = field(default_factory=list)
    _records: list[Recorded] = field(default_factory=list)
    _imports: list[Imported] = field(default_factory=list)
    _surprises: list[str] = field(default_factory=list)

    def ask(self, key: str, rows: Sequence[Sendable]) -> None:
        self.asked += len(rows)
        self._line({"asked": key, "rows": len(rows)})

    def promise(self, request: Request, results: Sequence[Answer]) -> None:
        for row, result in zip(request.rows, results, strict=True):
            self._promise(row, result)
            self._line({"promised": request.key, "sent": row.sent, "answered": result})
        self.answered += len(request.rows)

    def imported(self, file: File, job: Answer, killed_at: int) -> None:
        self._imports.append(Imported(file, job, killed_at))
        self._records += [Recorded(row) for row in file.rows]
        self._line({"promised": file.key, "rows": len(file.rows), "answered": job, "killed_at": killed_at})

    def refused(self, kind: str) -> None:
        self.refusals[kind] += 1
        self._line({"refused": kind})

    def surprise(self, what: str) -> None:
        self._surprises.append(what)
        self._line({"surprise": what})

    def ledger(self) -> Ledger:
        return Ledger(
            self.asked,
            tuple(self._promises),
            tuple(self._surprises),
            tuple(self._reports),
            tuple(self._records),
            tuple(self._imports),
            dict(self.refusals),
        )

    def _promise(self, row: Sendable, said: Answer) -> None:
        match row:
            case Row():
                self._promises.append(Promise(row.person, said["contact_id"], said["observation_id"]))
            case Report():
                self._reports.append(Reported(row, said["metric_id"], said["outcome"]))
            case Told():
                fate = "created" if said["created"] else "changed" if said["changed"] else "unchanged"
                self._records.append(Recorded(row, said["company_id"], fate))

    def _line(self, entry: dict[str, Any]) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps(entry) + "\n")
