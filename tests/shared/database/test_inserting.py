"""Many rows at once are stored as they were given, whatever is in them, on both databases."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import BigInteger, Boolean, Column, Date, Float, LargeBinary, MetaData, Numeric, String, Table, select
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlmodel import Session
from sqlmodel.sql.sqltypes import UTCDateTime

from shared.database import Database, Tx
from shared.database.inserting import FEWEST
from shared.database.sql import insert_all, insert_new, upsert_newer
from shared.database.tables import Bytewise, Json, Serial, kernel_tables
from tests.fixtures import MakeDatabase
from tests.shared.tally import BY

METADATA = MetaData()
kernel_tables(METADATA)
things = Table(
    "things",
    METADATA,
    Column("id", Bytewise, primary_key=True),
    Column("short", String(12)),
    Column("number", BigInteger),
    Column("ratio", Float),
    Column("exact", Numeric(20, 9, asdecimal=True)),
    Column("sure", Boolean),
    Column("day", Date),
    Column("at", UTCDateTime),
    Column("raw", LargeBinary),
    Column("data", Json),
    Column("sequence", BigInteger),
)
places = Table("places", METADATA, Column("place", Serial, primary_key=True), Column("name", String, nullable=False))

AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
TEXTS = [
    "",
    "null",
    "NULL",
    '"',
    "\\",
    "{}",
    "a,b",
    " x ",
    "tab\t",
    "line\n",
    "'",
    "%s",
    "%b",
    "caf\u00e9",
    "\U0001f600",
]
DATA: list[Any] = [None, {}, [], {"a": [1, None, '"', "\\"]}, "text", True, {"\u00e9": "{,}"}]
NAMES = [column.name for column in things.columns]


@pytest.fixture
async def db(make_database: MakeDatabase) -> Database:
    return make_database(METADATA)


def row(place: int, /, **other: Any) -> dict[str, Any]:
    given = {
        "id": f"{place:04d}",
        "short": TEXTS[place % len(TEXTS)],
        "number": (-1) ** place * 2**63 // (place + 2),
        "ratio": place / 3,
        "exact": Decimal(place) / 8,
        "sure": place % 2 == 0,
        "day": date(2026, 1, 1) + timedelta(place),
        "at": AT + timedelta(microseconds=place),
        "raw": bytes([place % 256, 0, 92, 34]),
        "data": DATA[place % len(DATA)],
        "sequence": place,
    }
    return given | other


def stored(session: Session) -> list[dict[str, Any]]:
    return [dict(found) for found in session.execute(select(things).order_by(things.c.id)).mappings()]


async def write(db: Database, rows: list[dict[str, Any]]) -> None:
    await db.write(lambda tx: insert_all(tx.session, things, rows), by=BY)


@pytest.mark.parametrize("count", [1, FEWEST - 1, FEWEST, 200])
async def test_each_value_comes_back_as_it_was_given(db: Database, count: int) -> None:
    rows = [row(number) for number in range(count)]
    await write(db, rows)
    assert await db.read(stored) == rows


async def test_a_column_may_be_empty_in_some_rows_or_in_all(db: Database) -> None:
    rows = []
    for column, name in enumerate(NAMES[1:]):
        some = [row(100 * column + place, **({name: None} if place % 3 else {})) for place in range(20)]
        none = [row(100 * column + 20 + place, **{name: None}) for place in range(20)]
        await write(db, some)
        await write(db, none)
        rows += some + none
    assert await db.read(stored) == rows


async def test_numbers_of_two_kinds_may_stand_in_one_column(db: Database) -> None:
    rows = [row(number, exact=number if number % 2 else Decimal(number), ratio=number) for number in range(40)]
    await write(db, rows)
    assert await db.read(stored) == rows


async def test_rows_are_given_their_places_in_the_order_in_which_they_stand(db: Database) -> None:
    names = [str(number * 7919 % 500) for number in range(500)]
    await db.write(lambda tx: insert_all(tx.session, places, [{"name": name} for name in names]), by=BY)
    found = await db.read(lambda session: session.execute(select(places.c.name).order_by(places.c.place)).scalars())
    assert list(found) == names


async def test_only_what_is_new_goes_in_and_is_named(db: Database) -> None:
    def add(tx: Tx, numbers: range) -> set[str]:
        return insert_new(tx.session, things, [row(number) for number in numbers], returning="id")

    assert await db.write(add, range(30), by=BY) == {f"{number:04d}" for number in range(30)}
    assert await db.write(add, range(20, 50), by=BY) == {f"{number:04d}" for number in range(30, 50)}
    assert await db.read(stored) == [row(number) for number in range(50)]


async def test_only_what_is_newer_replaces_what_is_there(db: Database) -> None:
    def tell(tx: Tx, sequence: int, numbers: range) -> None:
        rows = [row(number, sequence=sequence, short=f"in {sequence}") for number in reversed(numbers)]
        upsert_newer(tx.session, things, [*rows, row(numbers[0], sequence=sequence - 1)], key="id")

    for sequence, numbers in ((2, range(20)), (3, range(10, 30)), (2, range(30)), (1, range(30, 50))):
        await db.write(tell, sequence, numbers, by=BY)
    told = [2] * 10 + [3] * 20 + [1] * 20
    assert [(one["sequence"], one["short"]) for one in await db.read(stored)] == [(n, f"in {n}") for n in told]


async def test_one_row_that_is_there_already_refuses_all_of_them(db: Database) -> None:
    await write(db, [row(20)])
    with pytest.raises(IntegrityError):
        await write(db, [row(number) for number in range(40)])
    assert await db.read(stored) == [row(20)]


async def test_what_is_too_long_for_its_column_is_refused_and_never_cut(make_database: MakeDatabase) -> None:
    db = make_database(METADATA)
    if db.dialect == "sqlite":
        pytest.skip("SQLite keeps to no length")
    with pytest.raises(DatabaseError):
        await write(db, [row(number, short="x" * 13) for number in range(40)])
