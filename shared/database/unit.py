"""One call of `write` on its way to its answer, and what leaves with the transaction it is part of."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from sqlalchemy import Table
from sqlmodel import Session

from shared.database.idempotency import remember, stored_result
from shared.database.sql import Row, insert_all, insert_new, insert_only_new
from shared.database.tables import KERNEL
from shared.database.tx import Claim, Once, Tx
from shared.principal import Principal
from shared.problems import Problem, unavailable


@dataclass(eq=False)
class Unit:
    """One call of `write`, until its answer."""

    fn: Callable[..., Any]
    args: tuple[Any, ...]
    by: Principal
    once: Once | None
    deadline: float
    traceparent: str | None
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None
    replayed: bool = False
    begun: bool = False

    def begin(self) -> bool:
        """Whether to run it. A caller who gave up and finds that this was not asked yet knows that it is never made."""
        self.begun = True
        return not self.expired()

    def expired(self) -> bool:
        """Whether its time is over, or its caller gone: then it is not run, and never answered as if it had been."""
        over = time.monotonic() > self.deadline or self.answer.cancelled()
        if over and self.error is None:
            self.error = not_made()
        return over


def not_made() -> Problem:
    return unavailable("The change waited too long and was not made.", slug="deadline")


@dataclass
class Leaving:
    """What leaves with a transaction: rows, facts and planned work of all its units, one statement for each table."""

    claimed: defaultdict[Claim, list[Row]] = field(default_factory=lambda: defaultdict(list))
    added: defaultdict[Table, list[Row]] = field(default_factory=lambda: defaultdict(list))
    facts: list[dict[str, Any]] = field(default_factory=list)
    due: list[dict[str, Any]] = field(default_factory=list)
    counts: list[Callable[[], None]] = field(default_factory=list)

    def take(self, tx: Tx) -> None:
        for claim, rows in tx.claimed:
            self.claimed[claim] += rows
        for table, rows in tx.added:
            self.added[table] += rows
        self.facts += tx.facts
        self.due += tx.due
        self.counts += tx.counts

    def write(self, session: Session) -> None:
        """Positions are taken here, after every row lock of the group: so they follow the order of each aggregate."""
        for claim, rows in self.claimed.items():
            if insert_only_new(session, claim.table, sorted(rows, key=itemgetter(claim.key))) < len(rows):
                raise claim.taken
        for table, rows in self.added.items():
            insert_all(session, table, rows)
        insert_all(session, KERNEL.outbox, self.facts)
        insert_new(session, KERNEL.due_work, self.due, returning="id")


def outcome(tx: Tx, unit: Unit) -> tuple[Any, bool]:
    """The unit's result, and whether it is the stored one of an earlier request."""
    if unit.once is None:
        return unit.fn(tx, *unit.args), False
    found, result = stored_result(tx, unit.once, unit.fn)
    if not found:
        result = unit.fn(tx, *unit.args)
        remember(tx, unit.once, unit.fn, result)
    return result, found
