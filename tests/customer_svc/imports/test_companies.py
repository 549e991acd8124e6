"""Companies from files, as a user puts them in: the practice file gives the expected figures, bad rows say why."""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from services.customer_svc.companies.models import companies
from services.customer_svc.imports.room import KINDS
from services.customer_svc.tables import tables
from shared.database.tables import KERNEL
from tests.fixtures import MakeDatabase
from tests.shared.imports.world import World, world_of
from tests.shared.practice import practice_bytes, practice_json

IN_USD = {"kind": "companies", "constant": "currency=USD"}


@pytest.fixture
async def world(make_database: MakeDatabase, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(KINDS, make_database(tables.metadata), tmp_path) as opened:
        yield opened


async def test_the_practice_file_becomes_two_thousand_companies_and_their_sum(world: World) -> None:
    expected, raw = practice_json("companies/expected.json"), practice_bytes("companies/forbes2000_2004.csv")
    seen = (await world.preview(raw, **IN_USD)).json()
    assert (seen["would_create"], seen["rejected"], seen["unknown_columns"]) == (2_000, 0, [])
    job = await world.imported(raw, **IN_USD)
    assert (job["state"], job["created"], job["rejected"]) == ("done", expected["rows_in"], 0)
    units = func.sum(companies.c.revenue_units)
    with_profit = select(units, func.count()).where(companies.c.profit_units.is_not(None))
    total, count = await world.db.read(lambda session: session.execute(with_profit).one())
    assert (total, count) == (expected["total_revenue_after_dropna"], expected["rows_after_dropna"])
    facts = select(func.count()).select_from(KERNEL.outbox)
    assert await world.db.read(lambda session: session.execute(facts).scalar_one()) == 2_000
    again = await world.imported(raw, **IN_USD)
    assert (again["unchanged"], again["created"], again["changed"]) == (2_000, 0, 0)
    assert await world.db.read(lambda session: session.execute(facts).scalar_one()) == 2_000


async def test_bad_rows_are_named_by_row_and_field(world: World) -> None:
    content = (
        "Firma;Umsatz;Währung;Mitarbeiter\n"
        "A;1.234,50;EUR;5\n"
        "B;12;;5\n"
        "C;12;XYZ;5\n"
        "D;NaN;EUR;5\n"
        "E;12;EUR;-3\n"
        "F;12;EUR;9223372036854775808\n"
        "G;0,0123456789;EUR;1\n"
        ";1;EUR;1\n"
        "I;99999999999999999999;EUR;1\n"
    ).encode("cp1252")
    job = await world.imported(content, kind="companies", decimal=",")
    assert (job["created"], job["rejected"], job["encoding"]) == (1, 8, "cp1252")
    rows = list(csv.DictReader(io.StringIO(await world.rejects(job["id"]), newline=""), delimiter=";"))
    assert [(row["import_row"], row["import_reason"].partition(":")[0]) for row in rows] == [
        ("2", "Währung"),
        ("3", "Währung"),
        ("4", "Umsatz"),
        ("5", "Mitarbeiter"),
        ("6", "Mitarbeiter"),
        ("7", "Umsatz"),
        ("8", "Firma"),
        ("9", "Umsatz"),
    ]


async def test_a_row_that_would_be_two_companies_is_rejected(world: World) -> None:
    params = {"kind": "companies", "constant": "source=crm"}
    await world.imported(b"name,domain,external_id\nA,a.example,1\nB,b.example,2\n", **params)
    job = await world.imported(b"name,domain,external_id\nA,a.example,2\nC,c.example,3\n", **params)
    assert (job["created"], job["rejected"]) == (1, 1)
    assert "another company" in await world.rejects(job["id"])
