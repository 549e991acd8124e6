"""What is no longer needed is deleted, a little at a time: handled ids, settled work, stored answers, dead letters."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Column, Table, delete, select

from shared.bus import RETENTION_SECONDS
from shared.database import Database, Tx
from shared.database.idempotency import KEPT as ANSWERS_KEPT
from shared.database.sql import changed
from shared.database.tables import KERNEL
from shared.principal import Principal

LETTERS_KEPT = timedelta(days=46)
"""For whoever mends the cause. Sealed or not, a letter may be about a person, so none stays for ever."""
REPLAYED_KEPT = timedelta(days=7)
INBOX_KEPT = timedelta(seconds=RETENTION_SECONDS) + LETTERS_KEPT
"""Longer than the bus keeps a fact and a person leaves a dead letter: an old copy must still be known as one."""
SETTLED_KEPT = timedelta(days=30)
STEP = 1_000


Kept = tuple["Column[datetime]", timedelta]
"""How long the rows of a table stay after the moment in this column; where it is null, they stay."""

OF_THE_KERNEL: Sequence[Kept] = (
    (KERNEL.inbox.c.handled_at, INBOX_KEPT),
    (KERNEL.idempotency_keys.c.created_at, ANSWERS_KEPT),
    (KERNEL.due_work.c.settled_at, SETTLED_KEPT),
    (KERNEL.dead_letters.c.replayed_at, REPLAYED_KEPT),
    (KERNEL.dead_letters.c.recorded_at, LETTERS_KEPT),
)


async def sweep(db: Database, of_rooms: Sequence[Kept] = ()) -> int:
    """One round over all tables; how many rows went."""
    now, by, gone = db.clock(), Principal.service(db.service), 0
    for moment, kept in (*OF_THE_KERNEL, *of_rooms):
        table = moment.table
        while (some := await db.write(delete_some, table, moment, now - kept, by=by, lane="due")) > 0:
            gone += some
    return gone


def delete_some(tx: Tx, table: Table, moment: "Column[datetime]", before: datetime) -> int:
    """A bounded step, so that no request waits long behind it."""
    key = list(table.primary_key)
    old = select(*key).where(moment < before).limit(STEP).subquery()
    same = [column == old.c[column.name] for column in key]
    return changed(tx.session.execute(delete(table).where(select(1).where(*same).select_from(old).exists())))
