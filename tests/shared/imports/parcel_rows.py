"""Rows of a made-up service: parcels."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.imports.shapes import Cells, Column, Refused, Shape, Type
from shared.problems import FieldError
from shared.types import Text


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


COLUMNS = (
    Column("label", synonyms=("name", "Paket-Nr"), required=True),
    Column("weight", Type.DECIMAL, ("Gewicht",)),
    Column("pieces", Type.INTEGER, ("count",)),
    Column("sent", Type.DATE, ("date",)),
    Column("notes.*"),
)

PARCEL_ROWS = Shape("parcels", where=f"{__name__}:PARCEL_ROWS", columns=COLUMNS, check=check, rows=10)
