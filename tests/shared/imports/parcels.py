"""A kind of a made-up service: parcels, and how often each was stored, so that a row stored twice shows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column as SqlColumn
from sqlalchemy import Date, Integer, MetaData, String, Table, select, update
from sqlmodel import Session

from shared.database.tables import kernel_tables
from shared.database.tx import Tx
from shared.imports.kinds import Fate, Kind, Outcome, Rejected
from shared.imports.tables import import_tables
from shared.problems import FieldError
from tests.shared.imports.parcel_rows import PARCEL_ROWS, Parcel

METADATA = MetaData()
kernel_tables(METADATA)
import_tables(METADATA)
parcels = Table(
    "parcels",
    METADATA,
    SqlColumn("label", String, primary_key=True),
    SqlColumn("weight", String),
    SqlColumn("pieces", Integer),
    SqlColumn("sent", Date),
    SqlColumn("times", Integer, nullable=False),
)


def preview(session: Session, rows: Sequence[Parcel]) -> list[Outcome]:
    known = {row.label: row for row in session.execute(select(parcels))}
    return [_fate(row, known) for row in rows]


def store(tx: Tx, rows: Sequence[Parcel]) -> list[Outcome]:
    if any(row.label == "cursed" for row in rows):
        raise ValueError("a fault of the kind")
    known = {row.label: row for row in tx.session.execute(select(parcels))}
    fates = [_fate(row, known) for row in rows]
    for row, fate in zip(rows, fates, strict=True):
        values = {"weight": row.weight, "pieces": row.pieces, "sent": row.sent}
        if fate is Fate.CREATED:
            tx.session.execute(parcels.insert().values(label=row.label, times=1, **values))
        elif fate is Fate.CHANGED:
            changed = update(parcels).where(parcels.c.label == row.label)
            tx.session.execute(changed.values(times=parcels.c.times + 1, **values))
    return fates


def _fate(row: Parcel, known: dict[str, Any]) -> Outcome:
    if row.label == "unwanted":
        return Rejected((FieldError("/label", "unwanted", "Nobody wants it."),))
    if (found := known.get(row.label)) is None:
        return Fate.CREATED
    same = (found.weight, found.pieces, found.sent) == (row.weight, row.pieces, row.sent)
    return Fate.UNCHANGED if same else Fate.CHANGED


PARCELS = Kind(PARCEL_ROWS, scope="parcels:write", preview=preview, store=store, example="label,weight\na,1.5\n")


def stored(session: Session) -> dict[str, Any]:
    """By label."""
    return {row.label: row for row in session.execute(select(parcels))}
