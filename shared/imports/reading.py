"""Rows of a CSV file. A row that cannot be read costs that row: NUL, foreign bytes, a lost quote, a cell too many.

Lines end where LF, CR or CRLF stands outside of quotes. A quote that is never closed would swallow what follows, so
after a fault in a record of several lines only its first line is given up, and reading goes on with the second.
"""

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

LONGEST = 131_072
"""Characters of one row: also what the csv module takes in one cell."""
DELIMITERS = (",", ";", "\t", "|")
LOOKED_AT = 50
SHOWN = 1_000
"""Characters of a line that could not be taken apart."""

TOO_LONG = f"It is longer than {LONGEST} characters, or a quote is not closed."
BAD_QUOTE = "A quoted cell is not closed, or goes on after its closing quote."

_FOREIGN = "\udfff"
"""Stands for bytes that are not of the encoding. No decoder makes it from text."""


def _marked(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _FOREIGN, error.end


codecs.register_error("import-marked", _marked)


class Row(NamedTuple):
    """`number` counts from 1 after the header, `line` is where it begins in the file. `fault`: why it is no row."""

    number: int
    line: int
    cells: list[str]
    fault: str = ""


class _TooLong(Exception):
    pass


def open_text(raw: BinaryIO, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(raw, encoding=encoding, errors="import-marked", newline="")


def find_delimiter(head: str) -> str:
    """The one that splits the header into columns, and most of the first rows into as many."""
    scores = {delimiter: _score(head, delimiter) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: scores[delimiter])


def _score(head: str, delimiter: str) -> tuple[float, int]:
    rows = Rows(io.StringIO(head, newline=""), delimiter)
    widths = [len(row.cells) for row, _ in zip(rows, range(LOOKED_AT), strict=False) if not row.fault]
    wide = len(rows.header)
    return (0.0, 0) if wide < 2 else (sum(width == wide for width in widths) / max(len(widths), 1), wide)


class Rows:
    """`header`, then the rows, once. Blank lines are nobody's row."""

    def __init__(self, text: io.TextIOBase, delimiter: str) -> None:
        self._lines = _Lines(text)
        self._reader = csv.reader(self._lines, delimiter=delimiter, strict=True)
        self._number = 0
        first = self._record()
        self.header = [name.strip() for name in first.cells] if first else []
        self.fault = first.fault if first else "The file is empty."

    def __iter__(self) -> Iterator[Row]:
        width = len(self.header)
        while record := self._record():
            self._number += 1
            if len(record.cells) > width and not any(map(str.strip, record.cells[width:])):
                del record.cells[width:]  # spreadsheets write `;;` behind rows, for columns that are empty
            if not record.fault and len(record.cells) != width:
                fault = f"It has {len(record.cells)} cells, the header has {width}."
                yield Row(self._number, record.line, record.cells, fault)
            else:
                yield record._replace(number=self._number)

    def _record(self) -> Row | None:
        """The next that is not blank, its number still 0; None at the end."""
        while True:
            line = self._lines.begin()
            try:
                cells = next(self._reader)
            except StopIteration:
                return None
            except _TooLong:
                return Row(0, line, self._lines.go_back(), TOO_LONG)
            except csv.Error:
                return Row(0, line, self._lines.go_back(), BAD_QUOTE)
            if cells:
                return Row(0, line, cells, self._lines.fault)


class _Lines:
    """Physical lines, each with its end; those of the record that is being read can be read again."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._text, self._again = text, deque[str]()
        self._record: list[str] = []
        self._size = self._line = 0
        self.fault = ""

    def begin(self) -> int:
        """A new record; the number of its first line."""
        self._record.clear()
        self._size, self.fault = 0, ""
        return self._line + 1

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._text.readline(LONGEST + 1)
        if not line:
            raise StopIteration
        self._record.append(line)
        self._line += 1
        self._size += len(line)
        if self._size > LONGEST:
            raise _TooLong
        if "\0" in line:
            self.fault = "It holds a NUL character."
        elif _FOREIGN in line:
            self.fault = "It holds bytes that are not of the file's encoding."
        return line

    def go_back(self) -> list[str]:
        """To the second line of the record; the beginning of the first, as its one cell. A single line that is too long
        is passed over to its end."""
        first, *others = self._record or ["\n"]
        self._line -= len(others)
        self._again.extendleft(reversed(others))
        rest = first if not others else ""
        while rest and not rest.endswith(("\n", "\r")):
            rest = self._text.readline(LONGEST)
        return [first.rstrip("\r\n")[:SHOWN]]


def lines_with_foreign_bytes(text: str) -> tuple[int, int]:
    """(how many, of how many)"""
    lines = text.splitlines()
    return sum(_FOREIGN in line for line in lines), len(lines)


def decoded(head: bytes, encoding: str) -> str:
    """The beginning of a file, to its last whole line."""
    text = head.decode(encoding, errors="import-marked")
    return text[: text.rfind("\n") + 1] or text
