"""The file of rejected rows: as they were sent, safe to open in a spreadsheet, good to send again."""

import csv
import io

import pytest

from shared.imports.rejects import harmless
from tests.shared.imports.parcels import stored
from tests.shared.imports.world import World


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =cmd|' /C calc'!A0", "' =cmd|' /C calc'!A0"),
        ("\t=1", "'\t=1"),
        ("-2+3", "'-2+3"),
        ("+cmd", "'+cmd"),
        ("-12.50", "-12.50"),
        ("-1.234,56", "-1.234,56"),
        ("+49 30 901820", "+49 30 901820"),
        ("plain", "plain"),
        ("", ""),
        ("a\0b", "a\ufffdb"),
    ],
)
def test_no_cell_is_a_formula_and_no_number_is_changed(cell: str, shown: str) -> None:
    assert harmless(cell) == shown


async def test_rejected_rows_come_back_with_their_reason_and_can_be_sent_again(world: World) -> None:
    content = b'Paket-Nr;Gewicht;date;extra\na;1;2026-01-31;"=1+1\n2"\nb;zwei;2026-02-30;x\nc;3\n'
    job = await world.imported(content, kind="parcels")
    assert (job["created"], job["rejected"]) == (1, 2)
    told = await world.rejects(job["id"])
    rows = list(csv.DictReader(io.StringIO(told, newline=""), delimiter=";"))
    assert rows[0] == {
        "Paket-Nr": "b",
        "Gewicht": "zwei",
        "date": "2026-02-30",
        "extra": "x",
        "import_row": "2",
        "import_line": "4",
        "import_reason": "Gewicht: Must be a number such as 1234.50. "
        "date: Must be a date that exists, such as 2026-01-31; for another form say date_format.",
    }
    assert (rows[1]["import_row"], rows[1]["import_reason"]) == ("3", "It has 2 cells, the header has 4.")
    mended = told.replace("zwei", "2").replace("2026-02-30", "2026-02-28").encode("utf-8-sig")
    again = await world.imported(mended, kind="parcels")
    assert (again["created"], again["rejected"]) == (2, 0)
    assert set(await world.db.read(stored)) == {"a", "b", "c"}


async def test_a_line_that_could_not_be_taken_apart_comes_back_as_it_was(world: World) -> None:
    job = await world.imported(b'label,weight\na,"1\nb,2\n', kind="parcels")
    [_, row] = csv.reader(io.StringIO(await world.rejects(job["id"]), newline=""))
    assert row[:4] == ['a,"1', "", "1", "2"]
    assert job["created"] == 1


async def test_an_import_without_rejected_rows_has_a_file_with_a_header_only(world: World) -> None:
    job = await world.imported(b"label\na\n", kind="parcels")
    assert await world.rejects(job["id"]) == "label,import_row,import_line,import_reason\r\n"


def test_a_long_number_that_is_none_costs_no_more_than_its_length() -> None:
    cell = "-" + "1" * 100_000 + "x"
    assert harmless(cell) == f"'{cell}"
