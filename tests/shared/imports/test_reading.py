"""Files as the world writes them: whatever their encoding, delimiter and line ends, and whatever is broken in them."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.imports.encodings import Sample, found_encoding, known_encoding
from shared.imports.reading import LONGEST, Row, Rows, decoded, find_delimiter, open_text
from tests.shared.practice import FOLDER, practice_json

ENCODINGS = [
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-32",
    "cp1252",
    "cp1251",
    "cp1256",
    "shift_jis",
    "gb18030",
]
STYLES = [("\r\n", csv.QUOTE_MINIMAL), ("\r\n", csv.QUOTE_ALL), ("\n", csv.QUOTE_ALL), ("\r", csv.QUOTE_ALL)]
"""With another end than CRLF, Python's writer leaves CR or LF in a cell unquoted, which nobody can read back."""
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\r\n\t\"',;|é日ж"), max_size=12)


def sample_of(raw: bytes, size: int = 65_536) -> Sample:
    sample = Sample()
    for start in range(0, len(raw), size):
        sample.take(raw[start : start + size])
    sample.take(b"", last=True)
    return sample


def read(raw: bytes, encoding: str = "utf-8", delimiter: str = ",") -> Rows:
    return Rows(open_text(io.BytesIO(raw), encoding), delimiter)


def faults(rows: Sequence[Row]) -> list[int]:
    return [row.number for row in rows if row.fault]


def contacts() -> list[dict[str, Any]]:
    found = FOLDER / "imports" / "expected.json"
    return list(practice_json("imports/expected.json")["contacts"]) if found.exists() else []


@pytest.mark.parametrize("expected", contacts(), ids=lambda expected: expected["file"])
def test_files_of_ten_locales_read_as_they_were_written(expected: dict[str, Any]) -> None:
    raw = Path(FOLDER / "imports" / "contacts" / expected["file"]).read_bytes()
    encoding = found_encoding(sample := sample_of(raw, 1_000))
    assert encoding
    delimiter = find_delimiter(decoded(bytes(sample.head), encoding))
    rows = list(read(raw, encoding, delimiter))
    told = io.StringIO(raw.decode(expected["encoding"]), newline="")
    assert delimiter == expected["delimiter"]
    assert [row.cells for row in rows] == list(csv.reader(told, delimiter=delimiter))[1:]
    assert (len(rows), faults(rows)) == (expected["rows"], [])
    assert sum(cell.count("\n") > 0 for row in rows for cell in row.cells) == expected["embedded_newlines"]


@given(
    rows=st.lists(st.lists(TEXT, min_size=3, max_size=3), min_size=1, max_size=8),
    encoding=st.sampled_from(ENCODINGS),
    delimiter=st.sampled_from(",;\t|"),
    style=st.sampled_from(STYLES),
)
def test_what_a_csv_writer_wrote_is_read_back_as_it_was(
    rows: list[list[str]], encoding: str, delimiter: str, style: tuple[str, Any]
) -> None:
    end, quoting = style
    rows = [[cell.encode(encoding, "ignore").decode(encoding) for cell in row] for row in rows]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([["a", "b", "c"], *rows])
    found = read(out.getvalue().encode(encoding), encoding, delimiter)
    assert found.header == ["a", "b", "c"]
    assert [(row.cells, row.fault) for row in found] == [(row, "") for row in rows]


def test_rows_that_cannot_be_read_cost_nobody_else_anything() -> None:
    raw = b'a,b\n1,2\n3\n4,"x\ny"\n5,\0\n6,"oops\n7,8\n9,"z"\n10,"q"q\n11,\xff\n12,13\n'
    rows = list(read(raw))
    assert faults(rows) == [2, 4, 5, 8, 9]
    assert [row.cells for row in rows if not row.fault] == [
        ["1", "2"],
        ["4", "x\ny"],
        ["7", "8"],
        ["9", "z"],
        ["12", "13"],
    ]
    assert [row.line for row in rows] == [2, 3, 4, 6, 7, 8, 9, 10, 11, 12]


def test_empty_cells_behind_the_last_column_cost_nothing() -> None:
    rows = list(read(b"a;b\n1;2;;\n3;4; ;\n5;6;;7\n", delimiter=";"))
    assert ([row.cells for row in rows[:2]], faults(rows)) == ([["1", "2"], ["3", "4"]], [3])


def test_a_quote_that_is_never_closed_costs_one_row() -> None:
    rows = list(read(b'a,b\n1,2\n3,"never\n' + b"4,5\n" * 40_000))
    assert (faults(rows), len(rows), rows[-1].cells) == ([2], 40_002, ["4", "5"])


def test_a_line_without_end_is_passed_over_and_not_held() -> None:
    rows = list(read(b"a,b\n1," + b"x" * (3 * LONGEST) + b"\n3,4\n"))
    assert (faults(rows), rows[1].cells) == ([1], ["3", "4"])


def test_blank_lines_are_nobodys_row() -> None:
    assert [row.cells for row in read(b"\n\na,b\n\n1,2\n\n\n3,4\n")] == [["1", "2"], ["3", "4"]]


def test_an_empty_file_says_so() -> None:
    assert read(b"").fault == "The file is empty."


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a;b;c\n1,5;2,5;3,5\n", ";"),
        ('name,note\nx,"1;2;3;4"\ny,"5;6;7;8"\n', ","),
        ("a\tb\n1, 2\t3, 4\n", "\t"),
        ("only\n1\n2\n", ","),
        ("a|b,c|d\n1|2|3\n", "|"),
    ],
)
def test_the_delimiter_is_the_one_that_makes_columns(text: str, delimiter: str) -> None:
    assert find_delimiter(text) == delimiter


def test_ascii_followed_by_another_encoding_is_not_taken_for_utf_8() -> None:
    raw = b"name\n" + b"plain\n" * 50_000 + "Jürgen Müller aus Köln, größer als früher\n".encode("cp1252") * 5
    assert found_encoding(sample_of(raw)) == "cp1252"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("name\nJürgen", "cp1252"),
        ("größe\n1\n", "cp1252"),
        ("prix,lieu\n100 €,un café près du cœur de Besançon\n", "iso8859_15"),
        ("名前\n山田 太郎 東京都\n", "cp932"),
        ("navn\nÅse Sørensen, Ærø\n", "cp1252"),
    ],
)
def test_a_few_letters_are_enough_for_the_usual_encodings(text: str, encoding: str) -> None:
    assert found_encoding(sample_of(text.encode(encoding), 5)) == encoding


def test_utf_16_without_a_mark_is_known_by_its_zeros() -> None:
    assert found_encoding(sample_of("name,größe\nx,1\n".encode("utf-16-le"))) == "utf-16-le"
    assert found_encoding(sample_of("name,größe\nx,1\n".encode("utf-16-be"))) == "utf-16-be"


def test_only_encodings_of_text_are_taken() -> None:
    assert known_encoding("Windows-1252") == "cp1252"
    assert [known_encoding(name) for name in ("base64", "rot13", "no such", "x" * 1_000, "")] == [None] * 5


def test_a_long_line_of_ascii_beside_a_foreign_one_costs_no_more_than_its_length() -> None:
    odd = b"b\xf6rse;stra\xdfe;f\xfcr"
    sample = sample_of(b"a" * 65_000 + b"\n" + odd + b"\n", size=262_144)
    assert bytes(sample.odd) == odd + b"\n"
