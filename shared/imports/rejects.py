"""The rejected rows as a file: as they were sent, with row, line and reason behind them, to be mended and sent again.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula: such a cell gets an apostrophe before
it, unless it is a number, which stays what it is.
"""

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from shared.database import Database
from shared.imports.files import FileSeal, pieces
from shared.imports.jobs import Job
from shared.imports.reading import Row, Rows, open_text
from shared.problems import FieldError

ADDED = ("import_row", "import_line", "import_reason")
MARK = "\ufeff"
"""Tells a spreadsheet that it is UTF-8."""

_FORMULA = re.compile(r"\s*[=+\-@\t\r]")
_NUMBER = re.compile(r"\s*[+-]?[0-9]+(?:[.,' \u00a0\u202f][0-9]+)*\s*")
_UNSHOWN = str.maketrans({"\0": "\ufffd", "\udfff": "\ufffd"})


def harmless(cell: str) -> str:
    cell = cell.translate(_UNSHOWN)
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def reason(errors: Sequence[FieldError], columns: Mapping[str, str]) -> str:
    """Names the field, and the column where that has another name."""
    return " ".join(_sentence(error, columns) for error in errors)


def rejects_file(
    db: Database, seal: FileSeal, job: Job, rejected: Mapping[int, Sequence[FieldError]]
) -> Iterator[bytes]:
    """In parts, to be iterated in a thread; the file is read again, as its text is kept nowhere else."""
    file = _Pulled(pieces(db, seal, job.id), asyncio.get_running_loop())
    return _written(file, job, rejected)


def _written(file: "_Pulled", job: Job, rejected: Mapping[int, Sequence[FieldError]]) -> Iterator[bytes]:
    rows = Rows(open_text(io.BufferedReader(file), job.form.encoding), job.form.delimiter)
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=job.form.delimiter)
    writer.writerow([*map(harmless, rows.header), *ADDED])
    yield MARK.encode()
    last = max(rejected, default=0)
    for row in rows if rejected else ():
        if row.number in rejected:
            why = harmless(reason(rejected[row.number], job.form.columns))
            writer.writerow([*_padded(row, len(rows.header)), row.number, row.line, why])
            yield _taken(out)
        if row.number >= last:
            break
    yield _taken(out)


def _padded(row: Row, width: int) -> Iterator[str]:
    """A row with too few cells must not push the reason into its columns."""
    return chain(map(harmless, row.cells), [""] * (width - len(row.cells)))


def _taken(out: io.StringIO) -> bytes:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text.encode("utf-8", errors="replace")


def _sentence(error: FieldError, columns: Mapping[str, str]) -> str:
    field = error.pointer.strip("/")
    column = columns.get(field) or columns.get(field.replace("/", ".")) or field
    return f"{column}: {error.detail}" if field else error.detail


class _Pulled(io.RawIOBase):
    """An asynchronous file, read from a thread."""

    def __init__(self, file: AsyncIterator[bytes], loop: asyncio.AbstractEventLoop) -> None:
        self._file, self._loop, self._rest = file, loop, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = asyncio.run_coroutine_threadsafe(self._next(), self._loop).result()
        piece, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)

    async def _next(self) -> bytes:
        async for piece in self._file:
            return piece
        return b""
