"""The consent ledger: what a person allows is a record with its source and time, and the newest record is in force.

To say again what is in force adds nothing, and what was true earlier than that changes nothing, whenever it arrives.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlmodel import Session

from services.customer_svc.consent.models import ConsentRecord
from shared.database.sql import table_of

records = table_of(ConsentRecord)


class Standing(NamedTuple):
    """The answer that is in force, and since when."""

    granted: bool
    occurred_at: datetime


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


_STATEMENT = tuple(Statement.__dataclass_fields__)


def in_force(session: Session, contact_ids: Collection[str]) -> dict[str, Permissions]:
    """The permissions of each contact. Of two records that were true at one time, the later stored wins."""
    found: defaultdict[str, Permissions] = defaultdict(dict)
    if contact_ids:
        columns = (records.c.contact_id, records.c.purpose, records.c.channel, records.c.granted, records.c.occurred_at)
        newest_last = (
            select(*columns)
            .where(records.c.contact_id.in_(contact_ids))
            .order_by(records.c.occurred_at, records.c.sequence)
        )
        for contact_id, purpose, channel, *standing in session.execute(newest_last):
            found[contact_id][purpose, channel] = Standing(*standing)
    return found


def stated(
    permissions: Permissions, answers: Iterable[tuple[str, str]], granted: bool, by: Statement
) -> list[dict[str, Any]]:
    """The records that these answers add. `permissions` is what was in force, and is afterwards what is."""
    rows = []
    for answer in answers:
        before = permissions.get(answer)
        if before and (before.granted == granted or before.occurred_at > by.occurred_at):
            continue
        permissions[answer] = Standing(granted, by.occurred_at)
        rows.append({"purpose": answer[0], "channel": answer[1], "granted": granted} | by.columns())
    return rows


def granted_names(permissions: Permissions) -> list[str]:
    """`<purpose>:<channel>` of what is allowed, as the facts carry it."""
    return sorted(f"{purpose}:{channel}" for (purpose, channel), standing in permissions.items() if standing.granted)
