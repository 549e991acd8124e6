"""The consent ledger: what a person allows is a record with its source and time, and the newest record is in force.

What was said earlier than what is in force changes nothing, whenever it arrives. What is said again is a record too:
from then on it is what earlier words are measured by. Nobody said anything later than it was stored, whatever the clock
of the sender showed, so who withdraws a permission now is never too early.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, func, select
from sqlmodel import Session

from services.customer_svc.consent.models import ConsentRecord
from shared.database.sql import table_of

records = table_of(ConsentRecord)


class Standing(NamedTuple):
    """The answer that is in force, and when it was said last."""

    granted: bool
    said_at: datetime


Permissions = dict[tuple[str, str], Standing]
"""By (purpose, channel)."""


@dataclass(frozen=True, slots=True)
class Statement:
    """Whose word it is, where and when it was given, and the version of the contact that it belongs to."""

    contact_id: str
    source: str
    sequence: int
    occurred_at: datetime
    recorded_at: datetime

    def columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in _STATEMENT}

    @property
    def said_at(self) -> datetime:
        return min(self.occurred_at, self.recorded_at)


_STATEMENT = tuple(Statement.__dataclass_fields__)


def _newest() -> Select[Any]:
    """The record in force of each answer of `contact_ids`.

    It is the one stored last, since `stated` stores none that is older than what is in force. So the database finds it
    by the primary key, and however often somebody says the same, one record of it is read.
    """
    answer = (records.c.contact_id, records.c.purpose, records.c.channel)
    of_them = records.c.contact_id.in_(bindparam("contact_ids", expanding=True))
    last = select(*answer, func.max(records.c.sequence).label("sequence")).where(of_them).group_by(*answer).subquery()
    return select(records).join(last, and_(*(one == records.c[one.name] for one in last.columns)))


# Built once: to build a statement costs more than to run it, and this one runs for every lead of somebody known.
NEWEST = _newest()


def in_force(session: Session, contact_ids: Collection[str]) -> dict[str, Permissions]:
    """The permissions of each contact. Of two records that were true at one time, the later stored wins."""
    found: defaultdict[str, Permissions] = defaultdict(dict)
    if contact_ids:
        for row in session.execute(NEWEST, {"contact_ids": list(contact_ids)}):
            said_at = min(row.occurred_at, row.recorded_at)
            found[row.contact_id][row.purpose, row.channel] = Standing(row.granted, said_at)
    return found


def stated(
    permissions: Permissions, answers: Iterable[tuple[str, str]], granted: bool, by: Statement
) -> list[dict[str, Any]]:
    """The records that these answers add. `permissions` is what was in force, and is afterwards what is."""
    rows = []
    for answer in answers:
        before = permissions.get(answer)
        if before and (before.said_at > by.occurred_at or before == (granted, by.said_at)):
            continue
        permissions[answer] = Standing(granted, by.said_at)
        rows.append({"purpose": answer[0], "channel": answer[1], "granted": granted} | by.columns())
    return rows


def granted_names(permissions: Permissions) -> list[str]:
    """`<purpose>:<channel>` of what is allowed, as the facts carry it."""
    return sorted(f"{purpose}:{channel}" for (purpose, channel), standing in permissions.items() if standing.granted)
