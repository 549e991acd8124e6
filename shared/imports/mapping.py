"""Which column of a file is which field: as asked for, else by name and synonym; and what is constant for all rows."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from shared.imports.cells import Point, Read, Unreadable, reader
from shared.imports.shapes import Cells, Column, Shape, Type
from shared.pointers import step
from shared.problems import FieldError, invalid_fields

_NONE = "No column of the file was found for it: map one, or give a constant."
_UNIMPORTANT = re.compile(r"[\s_\-./]+")
_ANY = ".*"
LEAST_FACTOR = Decimal("1e-12")
"""One of 1e-99999 would make every cell a text of as many zeros."""


class Form(BaseModel):
    """How a file is to be read, all of it decided: what a job goes by, however often it starts again."""

    model_config = ConfigDict(frozen=True)

    encoding: str
    delimiter: str
    columns: dict[str, str]
    constants: dict[str, str] = {}
    date_format: str | None = None
    decimal: Point | None = None
    scale: dict[str, Decimal] = {}


class Asked(BaseModel):
    """What the caller said about the file. `columns` is by field; a blank column leaves the field out."""

    model_config = ConfigDict(frozen=True)

    encoding: str | None = None
    delimiter: str | None = None
    columns: dict[str, str] = {}
    constants: dict[str, str] = {}
    date_format: str | None = None
    decimal: Point | None = None
    scale: dict[str, Decimal] = {}


class Step(NamedTuple):
    place: int
    field: str
    read: Read | None


@dataclass(frozen=True)
class Plan:
    """A form laid over a header: where each field stands, how its cells are read, what is the same in every row."""

    steps: tuple[Step, ...]
    constants: Cells


def matched(shape: Shape[Any], header: Sequence[str], asked: Asked) -> dict[str, str]:
    """By field, the column it is taken from. Raises Problem 422 that names everything that does not fit."""
    errors = [*_wrong_names(shape, header, asked), *_wrong_forms(shape, asked)]
    found = {field: column for field, column in asked.columns.items() if column}
    free = [name for name in header if name and name not in found.values() and header.count(name) == 1]
    settled = {*asked.columns, *asked.constants}
    found |= {field: name for field, name in _by_name(shape, free) if field not in settled}
    given = {*found, *asked.constants}
    errors += [_missing(column, header) for column in shape.columns if column.required and column.field not in given]
    if errors:
        raise invalid_fields(errors)
    return found


def laid(shape: Shape[Any], header: Sequence[str], form: Form) -> Plan:
    """The header has every column of the form: it was matched with it."""
    readers = {field: _reader(shape, field, form) for field in (*form.columns, *form.constants)}
    steps = sorted((header.index(column), field) for field, column in form.columns.items())
    constants = {field: _constant(readers[field], text) for field, text in form.constants.items()}
    return Plan(tuple(Step(place, field, readers[field]) for place, field in steps), constants)


def unknown(header: Iterable[str], columns: Mapping[str, str]) -> list[str]:
    """Columns of the file that nothing is taken from."""
    return [name for name in header if name and name not in columns.values()]


def column_of(shape: Shape[Any], field: str) -> Column | None:
    for column in shape.columns:
        if column.field == field or (column.field.endswith(_ANY) and _below(column.field, field)):
            return column
    return None


def _below(pattern: str, field: str) -> bool:
    return field.startswith(pattern[:-1]) and len(field) > len(pattern[:-1])


def _by_name(shape: Shape[Any], free: Sequence[str]) -> Iterable[tuple[str, str]]:
    by_plain = {_plain(name): name for name in reversed(free)}
    taken: set[str] = set()
    for column in shape.columns:
        if column.field.endswith(_ANY):
            yield from ((name, name) for name in free if _below(column.field, name))
            continue
        names = (by_plain.get(_plain(name)) for name in (column.field, *column.synonyms))
        name = next((name for name in names if name and name not in taken), None)
        if name:
            taken.add(name)
            yield column.field, name


def _plain(name: str) -> str:
    return _UNIMPORTANT.sub("", name).casefold()


def _wrong_names(shape: Shape[Any], header: Sequence[str], asked: Asked) -> Iterable[FieldError]:
    known = ", ".join(column.field for column in shape.columns)
    for place, fields in (("map", asked.columns), ("constant", asked.constants), ("scale", asked.scale)):
        for field in fields:
            if column_of(shape, field) is None:
                yield FieldError(_at(place, field), "unknown_field", f"Not a field of {shape.name}. It has: {known}.")
    for column in filter(None, asked.columns.values()):
        count = header.count(column)
        if count != 1:
            said = f"{count} columns" if count else "no column"
            yield FieldError(_at("map", column), "unknown_column", f"The file has {said} of this name.")


def _wrong_forms(shape: Shape[Any], asked: Asked) -> Iterable[FieldError]:
    if asked.date_format and not _reads_back(asked.date_format):
        detail = "Expected a format of year, month and day, such as %d-%m-%Y."
        yield FieldError("/query/date_format", "date_format", detail)
    for field in sorted(asked.constants.keys() & {field for field, column in asked.columns.items() if column}):
        yield FieldError(_at("constant", field), "given_twice", "It is mapped to a column too; leave out one of them.")
    for field, factor in asked.scale.items():
        column = column_of(shape, field)
        if column and (column.type not in (Type.DECIMAL, Type.INTEGER) or not LEAST_FACTOR <= factor < 10**12):
            detail = "Expected a factor from 1e-12 to 1e12 for a field that is a number, such as 0.000001."
            yield FieldError(_at("scale", field), "scale", detail)


def _missing(column: Column, header: Sequence[str]) -> FieldError:
    names = {_plain(name) for name in (column.field, *column.synonyms)}
    twice = [name for name in header if header.count(name) > 1 and _plain(name) in names]
    detail = f"The file has {len(twice)} columns of its name: rename all but one of them." if twice else _NONE
    return FieldError(_at("map", column.field), "missing", detail)


def _at(place: str, name: str) -> str:
    return step(f"/query/{place}", name)


def _reads_back(form: str) -> bool:
    day = datetime(2003, 4, 25)
    try:
        return datetime.strptime(day.strftime(form), form) == day
    except (ValueError, re.error):  # a directive given twice is a pattern that does not compile
        return False


def _reader(shape: Shape[Any], field: str, form: Form) -> Read | None:
    column = column_of(shape, field)
    assert column  # noqa: S101 - the form was made from the columns of this shape
    return reader(column.type, point=form.decimal, day=form.date_format, scale=form.scale.get(field))


def _constant(read: Read | None, text: str) -> Any:
    return read(text) if read else text


def wrong_constants(shape: Shape[Any], form: Form) -> list[FieldError]:
    errors = []
    for field, text in form.constants.items():
        try:
            _constant(_reader(shape, field, form), text)
        except Unreadable as bad:
            errors.append(FieldError(_at("constant", field), bad.code, bad.detail))
    return errors
