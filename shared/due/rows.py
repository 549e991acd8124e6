"""The rows of due work: claim under a lease, mark begun, put back, end. Who lost the lease changes nothing."""

import os
import secrets
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Update, bindparam, func, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate
from sqlmodel import Session

from shared.database import Tx
from shared.database.sql import changed
from shared.database.tables import KERNEL
from shared.telemetry.metrics import COUNTED

due = KERNEL.due_work

WHO = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
"""This process: in a container the number alone comes again and again."""


@dataclass(frozen=True, slots=True)
class Work:
    """One claimed row. `attempt` counts from 1 and, as every claim raises it, tells this claim from every other."""

    id: str
    task: str
    key: str
    payload: dict[str, Any]
    attempt: int
    first_due_at: datetime
    begun_at: datetime | None = None
    traceparent: str | None = None
    cause: str | None = None
    depth: int = 0


def anything_due(session: Session, tasks: Sequence[str], now: datetime) -> bool:
    found = session.execute(_any_ready(session.get_bind().dialect.name), {"tasks": list(tasks), "now": now})
    return found.first() is not None


def claim(tx: Tx, tasks: Sequence[str], at_most: int, lease: timedelta) -> list[Work]:
    """Take what is due, oldest first, past rows that another process is taking at this moment."""
    given = {"tasks": list(tasks), "now": tx.now, "at_most": at_most, "until": tx.now + lease}
    taken = tx.session.execute(_take_ready(tx.session.get_bind().dialect.name), given)
    return [Work(**row) for row in taken.mappings()]


def begin(tx: Tx, work: Work) -> bool:
    """False if the lease is lost."""
    return _change(tx, _BEGIN, work, begun_at=tx.now)


def put_back(tx: Tx, work: Work, again_at: datetime, since: datetime, detail: str) -> bool:
    """`since`: from when on it counts how long this has been tried."""
    return _change(tx, _PUT_BACK, work, due_at=again_at, first_due_at=since, detail=detail)


def end(tx: Tx, work: Work, outcome: str, detail: str) -> bool:
    """False if somebody else ended it, or has it now."""
    return _change(tx, _END, work, settled_at=tx.now, outcome=outcome, detail=detail)


def open_work(session: Session) -> int:
    """How much is not settled, at most `COUNTED`; for the metrics."""
    waiting = select(due.c.id).where(due.c.settled_at.is_(None)).limit(COUNTED)
    return int(session.execute(select(func.count()).select_from(waiting.subquery())).scalar_one())


def overdue(session: Session, now: datetime) -> dict[str, float]:
    """By task, for how many seconds the oldest work that is due has waited; for the metrics."""
    oldest = select(due.c.task, func.min(due.c.due_at)).where(due.c.settled_at.is_(None), due.c.due_at <= now)
    return {task: (now - at).total_seconds() for task, at in session.execute(oldest.group_by(due.c.task))}


@cache
def _any_ready(dialect: str) -> Select[str]:
    return select(due.c.id).where(*_ready(dialect)).limit(1)


@cache
def _take_ready(dialect: str) -> ReturningUpdate[Any]:
    ready = select(due.c.id).where(*_ready(dialect)).order_by(due.c.due_at).limit(bindparam("at_most"))
    chosen = ready.with_for_update(skip_locked=True).cte("chosen")  # as a plain subquery PostgreSQL may run it twice
    return (
        update(due)
        .where(due.c.id.in_(select(chosen.c.id)))
        .values(attempt=due.c.attempt + 1, lease_until=bindparam("until"), leased_by=WHO)
        .returning(*(due.c[name] for name in Work.__dataclass_fields__))
    )


def _ready(dialect: str) -> tuple[ColumnElement[bool], ...]:
    now = bindparam("now", type_=due.c.due_at.type)
    free = or_(due.c.lease_until.is_(None), due.c.lease_until < now)
    if dialect == "sqlite":
        free = or_(free, due.c.leased_by != WHO)  # one process owns the file: whoever else held a lease has ended
    return due.c.settled_at.is_(None), due.c.due_at <= now, free, due.c.task.in_(bindparam("tasks", expanding=True))


def _change(tx: Tx, statement: Update, work: Work, **values: Any) -> bool:
    return changed(tx.session.execute(statement, {"_id": work.id, "_attempt": work.attempt, **values})) == 1


def _ours(*given: str, **fixed: Any) -> Update:
    """An update of the row as this claim knows it. Built once: building costs more than running it."""
    ours = (due.c.id == bindparam("_id"), due.c.attempt == bindparam("_attempt"), due.c.settled_at.is_(None))
    return update(due).where(*ours).values({name: bindparam(name) for name in given} | fixed)


_BEGIN = _ours("begun_at")
_PUT_BACK = _ours("due_at", "first_due_at", "detail", lease_until=None, leased_by=None, begun_at=None)
_END = _ours("settled_at", "outcome", "detail", lease_until=None)
