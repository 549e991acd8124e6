"""A file becomes frames: rows that were read, converted and checked, a bounded number at a time. Thinking only."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat
from typing import Any, BinaryIO, NamedTuple

from pydantic import ValidationError

from shared.imports.cells import Unreadable
from shared.imports.mapping import Form, Plan, laid
from shared.imports.reading import Row, Rows, open_text
from shared.imports.shapes import Refused, Shape
from shared.pointers import field_errors
from shared.problems import FieldError


class Checked(NamedTuple):
    """One row: its model, or why it has none."""

    number: int
    line: int
    model: Any
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """What is stored as one unit of work. `read` is how many bytes of the file it took to get here."""

    rows: Sequence[Checked]
    read: int


FIRST_SHARE = 10


def frames(shape: Shape[Any], form: Form, raw: BinaryIO, after: int = 0) -> Iterator[Frame]:
    """The rows behind the first `after`, which were dealt with before. The first frame is a short one: who is killed
    again and again, soon after the start, gets on nevertheless.
    """
    counted = _Counted(raw)
    rows = Rows(open_text(io.BufferedReader(counted), form.encoding), form.delimiter)
    plan, rest = laid(shape, rows.header, form), islice(rows, after, None)
    for size in chain([max(1, shape.rows // FIRST_SHARE)], repeat(shape.rows)):
        if not (some := list(islice(rest, size))):
            return
        yield Frame([_ready(shape, checked(shape, plan, row)) for row in some], counted.read_so_far)


def checked(shape: Shape[Any], plan: Plan, row: Row) -> Checked:
    number, line, cells, fault = row
    if fault:
        return Checked(number, line, None, (FieldError("", "unreadable_row", fault),))
    values, wrong = dict(plan.constants), []
    for place, field, read in plan.steps:
        if text := cells[place].strip():
            try:
                values[field] = read(text) if read else text
            except Unreadable as bad:
                wrong.append(FieldError(f"/{field}", bad.code, bad.detail))
    if wrong:
        return Checked(number, line, None, tuple(wrong))
    try:
        return Checked(number, line, shape.check(values))
    except ValidationError as error:
        return Checked(number, line, None, tuple(field_errors(error.errors(include_url=False))))
    except Refused as refused:
        return Checked(number, line, None, refused.errors)


def _ready(shape: Shape[Any], row: Checked) -> Checked:
    return row if row.errors or shape.ready is None else row._replace(model=shape.ready(row.model))


class _Counted(io.RawIOBase):
    """Counts what is read through it."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw, self.read_so_far = raw, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._raw.read(len(buffer))
        buffer[: len(piece)] = piece
        self.read_so_far += len(piece)
        return len(piece)
