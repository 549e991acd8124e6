"""A kind of a made-up service: parcels, and how often each was stored, so that a row stored twice shows."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Column as SqlColumn
from sqlalchemy import Date, Integer, MetaData, String, Table, select, update
from sqlmodel import Session

from shared.database.tables import kernel_tables
from shared.database.tx import Tx
from shared.imports import Cells, Column, Fate, Kind, Outcome, Refused, Rejected, Type, import_tables
from shared.problems import FieldError
from shared.types import Text

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


class Parcel(BaseModel):
    model_config = ConfigDict(extra="forbid")

    label: Text
    weight: str | None = None
    pieces: Annotated[int, Field(ge=0)] | None = None
    sent: date | None = None
    notes: dict[str, Text] = {}


def check(cells: Cells) -> Parcel:
    notes = {name.removeprefix("notes."): cells.pop(name) for name in list(cells) if name.startswith("notes.")}
    if cells.get("label") == "two at once":
        raise Refused(FieldError("/label", "odd", "Must be one."))
    return Parcel.model_validate(cells | {"notes": notes})


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


COLUMNS = (
    Column("label", synonyms=("name", "Paket-Nr"), required=True),
    Column("weight", Type.DECIMAL, ("Gewicht",)),
    Column("pieces", Type.INTEGER, ("count",)),
    Column("sent", Type.DATE, ("date",)),
    Column("notes.*"),
)

PARCELS = Kind(
    "parcels",
    where=f"{__name__}:PARCELS",
    scope="parcels:write",
    columns=COLUMNS,
    check=check,
    preview=preview,
    store=store,
    rows=10,
    example="label,weight\na,1.5\n",
)


def stored(session: Session) -> dict[str, Any]:
    """By label."""
    return {row.label: row for row in session.execute(select(parcels))}
