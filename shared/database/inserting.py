"""INSERTs spelled once and run often: the order of the columns and how each value is bound are worked out once.

SQLAlchemy does that again for each statement and each row of it, which costs several times what the database does. The
text and the types are still its own; where a column has a default that Python computes, its usual way is taken.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

Row = Mapping[str, Any]
Bind = Callable[[Any], Any]

MOST_PARAMETERS = 30_000
"""In one statement: SQLite takes 32,766, PostgreSQL 65,535."""

_POSITIONAL: Dialect = PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]
"""psycopg by place; SQLAlchemy's own way is by name, which no row can be repeated with."""


@dataclass(frozen=True, slots=True)
class Insert:
    """`before`, once for each row `values`, `after`; `columns` with what makes a value one that the driver takes."""

    before: str
    values: str
    after: str
    columns: tuple[tuple[str, Bind | None], ...]

    def bound(self, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
        return list(zip(*[_column(rows, name, bind) for name, bind in self.columns], strict=True))

    def text(self, rows: int = 1) -> str:
        return self.before + ", ".join([self.values] * rows) + self.after


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row], *, new_only: bool = False) -> int | None:
    """All of them (`new_only`: that break no unique rule) by one executemany, and how many went in.

    None: they are not for this module, and none went in.
    """
    found = _insert(table, tuple(rows[0]), connection.dialect, "", new_only=new_only)
    if found is None:
        return None
    return connection.exec_driver_sql(found.text(), found.bound(rows)).rowcount


def insert_new_rows(connection: Connection, table: Table, rows: Sequence[Row], returning: str) -> set[Any] | None:
    """What `returning` is in those that break no unique rule; None where they are not for this module."""
    found = _insert(table, tuple(rows[0]), connection.dialect, returning, new_only=True)
    if found is None:
        return None
    new: set[Any] = set()
    step = MOST_PARAMETERS // len(found.columns)
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        values = tuple(chain.from_iterable(found.bound(part)))
        new.update(connection.exec_driver_sql(found.text(len(part)), values).scalars())
    return new


@lru_cache(maxsize=1_024)
def _insert(table: Table, names: tuple[str, ...], dialect: Dialect, returning: str, *, new_only: bool) -> Insert | None:
    statement: Any = (sqlite if dialect.name == "sqlite" else postgresql).insert(table)
    if new_only:
        statement = statement.on_conflict_do_nothing()
    if returning and table.c[returning].type.result_processor(dialect, None) is not None:
        return None
    spelling = _POSITIONAL if dialect.name == "postgresql" else dialect
    compiled = statement.compile(dialect=spelling, column_keys=list(names), for_executemany=True)
    if compiled.insert_prefetch or not set(names) <= set(table.c.keys()):
        return None
    before, _, rest = str(compiled).partition(" VALUES ")
    values, conflict, after = rest.partition(" ON CONFLICT ")
    after = conflict + after + (f" RETURNING {returning}" if returning else "")
    columns = tuple((name, _bind(table, name, dialect)) for name in compiled.positiontup)
    return Insert(before + " VALUES ", values, after, columns)


def _bind(table: Table, name: str, dialect: Dialect) -> Bind | None:
    bind: Bind | None = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
    return bind


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
