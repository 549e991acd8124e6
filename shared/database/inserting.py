"""INSERTs spelled once and run often: the order of the columns and how each value is bound are worked out once.

SQLAlchemy does that again for each statement and each row of it, which costs several times what the database does. The
text and the types are still its own; where a column has a default that Python computes, its usual way is taken.

PostgreSQL is given many rows as one array per column, which costs both sides a fifth of a statement for each row.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Any, cast

from sqlalchemy import JSON, Connection, CursorResult, Dialect, LargeBinary, Table
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

Row = Mapping[str, Any]
Bind = Callable[[Any], Any]

MOST_PARAMETERS = 30_000
"""In one statement: SQLite takes 32,766, PostgreSQL 65,535."""

FEWEST = 8
"""Rows for which arrays are worth it."""

_PLAIN = frozenset({str, int, float, bool, bytes, datetime, date, Decimal, type(None)})
"""What psycopg makes an array of that can only be meant in one way, if all of a column is of one kind."""

_POSITIONAL: Dialect = PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]
"""psycopg by place; SQLAlchemy's own way is by name, which no row can be repeated with."""


@dataclass(frozen=True, slots=True)
class Insert:
    """`before`, then `values` once for each row or `arrays` for all, then `after`; `columns` with what makes a value
    one that the driver takes.
    """

    before: str
    values: str
    arrays: str
    after: str
    columns: tuple[tuple[str, Bind | None], ...]

    def bound(self, rows: Sequence[Row]) -> list[list[Any]]:
        return [_column(rows, name, bind) for name, bind in self.columns]

    def text(self, rows: int = 1) -> str:
        return self.before + "VALUES " + ", ".join([self.values] * rows) + self.after

    def by_arrays(self, connection: Connection, columns: Sequence[list[Any]]) -> CursorResult[Any] | None:
        """The answer, or None where this cannot be done with these rows, or need not."""
        if not self.arrays or len(columns[0]) < FEWEST or not all(map(_of_one_kind, columns)):
            return None
        return connection.exec_driver_sql(self.before + self.arrays + self.after, tuple(columns))


def insert_rows(connection: Connection, statement: Any, rows: Sequence[Row]) -> int | None:
    """All of them, and how many went in. None: they are not for this module, and none went in."""
    found = _insert(statement, tuple(rows[0]), connection.dialect)
    if found is None:
        return None
    columns = found.bound(rows)
    answer = found.by_arrays(connection, columns)
    if answer is None:
        answer = connection.exec_driver_sql(found.text(), list(zip(*columns, strict=True)))
    return answer.rowcount


def insert_new_rows(connection: Connection, statement: Any, rows: Sequence[Row], returning: str) -> set[Any] | None:
    """What `returning` is in those that break no unique rule; None where they are not for this module."""
    found = _insert(statement, tuple(rows[0]), connection.dialect, returning)
    if found is None:
        return None
    columns = found.bound(rows)
    if (answer := found.by_arrays(connection, columns)) is not None:
        return set(answer.scalars())
    new: set[Any] = set()
    step = MOST_PARAMETERS // len(found.columns)
    for start in range(0, len(rows), step):
        part = list(zip(*[column[start : start + step] for column in columns], strict=True))
        new.update(connection.exec_driver_sql(found.text(len(part)), tuple(chain.from_iterable(part))).scalars())
    return new


@lru_cache(maxsize=1_024)
def _insert(statement: Any, names: tuple[str, ...], dialect: Dialect, returning: str = "") -> Insert | None:
    table: Table = statement.table
    if returning and table.c[returning].type.result_processor(dialect, None) is not None:
        return None
    spelling = _POSITIONAL if dialect.name == "postgresql" else dialect
    compiled = statement.compile(dialect=spelling, column_keys=list(names), for_executemany=True)
    if compiled.insert_prefetch or not set(names) <= set(table.c.keys()):
        return None
    before, _, rest = str(compiled).partition("VALUES ")
    values, conflict, after = rest.partition(" ON CONFLICT ")
    after = conflict + after + (f" RETURNING {returning}" if returning else "")
    columns = tuple((name, _bind(table, name, dialect)) for name in compiled.positiontup)
    arrays = _arrays(table, compiled.positiontup, dialect) if dialect.name == "postgresql" else ""
    return Insert(before, values, arrays, after, columns)


def _arrays(table: Table, names: Sequence[str], dialect: Dialect) -> str:
    """Rows come out in the order of the arrays, and are given their positions in it."""
    spelled = [dialect.type_compiler_instance.process(table.c[name].type) for name in names]
    given = ", ".join(f"%b::{_element(kind)}[]" for kind in spelled)
    taken = [f"v{place}::jsonb" if kind == "JSONB" else f"v{place}" for place, kind in enumerate(spelled)]
    names_of = ", ".join(f"v{place}" for place in range(len(spelled)))
    return f"SELECT {', '.join(taken)} FROM unnest({given}) AS given ({names_of})"  # noqa: S608  # types, no values


def _element(kind: str) -> str:
    """Text is bounded by its column: a cast to so many characters would cut it without a word."""
    return "text" if kind.startswith(("VARCHAR", "CHAR", "TEXT", "JSON")) else kind


def _bind(table: Table, name: str, dialect: Dialect) -> Bind | None:
    kind: Any = table.c[name].type.dialect_impl(dialect)
    if isinstance(kind, LargeBinary):
        return None  # bytes are what both drivers take
    if isinstance(kind, JSON):  # psycopg's own way wraps it in an object; both databases take it as text
        return cast(Bind, kind._make_bind_processor(None, dialect._json_serializer))  # type: ignore[no-untyped-call]
    return cast(Bind | None, kind.bind_processor(dialect))


def _column(rows: Sequence[Row], name: str, bind: Bind | None) -> list[Any]:
    """One column of all rows. The same object again, such as the time of the transaction, is bound once."""
    values = [row[name] for row in rows]
    if bind is None:
        return values
    last, made = values[0], bind(values[0])
    for place, value in enumerate(values):
        if value is not last:
            last, made = value, bind(value)
        values[place] = made
    return values


def _of_one_kind(values: list[Any]) -> bool:
    kinds = {*map(type, values), type(None)}
    return len(kinds) <= 2 and kinds <= _PLAIN
