"""Statements that SQLite and PostgreSQL spell the same way and SQLAlchemy's core does not."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from shared.database.inserting import insert_new_rows, insert_rows

Row = Mapping[str, Any]


def table_of(model: type[SQLModel] | Table) -> Table:
    return model if isinstance(model, Table) else model.__table__  # type: ignore[attr-defined]


def insert_all(session: Session, model: type[SQLModel] | Table, rows: Sequence[Row]) -> None:
    """One executemany through Core: the unit of work of the ORM costs 20 to 45 times the insert."""
    if rows and not insert_rows(session.connection(), table_of(model), rows):
        session.execute(insert(table_of(model)), list(rows))


def insert_new(session: Session, model: type[SQLModel] | Table, rows: Sequence[Row], *, returning: str) -> set[Any]:
    """Insert the rows that break no unique rule; what `returning` is in those that went in. Selecting first races."""
    if not rows:
        return set()
    table = table_of(model)
    found = insert_new_rows(session.connection(), table, rows, returning)
    if found is not None:
        return found
    statement = _insert(session.get_bind().dialect.name, table).on_conflict_do_nothing().returning(table.c[returning])
    return set(session.execute(statement, list(rows)).scalars())


def upsert_newer(
    session: Session, model: type[SQLModel] | Table, rows: Sequence[Row], *, key: str, version: str = "sequence"
) -> None:
    """Insert, or replace what is older. Rows are taken in key order, so that two workers cannot lock each other out.

    All rows have the same columns. What has the same or a higher version stays, whatever order the facts came in.
    """
    if not rows:
        return
    table = table_of(model)
    newest = {row[key]: row for row in sorted(rows, key=lambda row: row[version])}
    statement = _upsert(session.get_bind().dialect.name, table, tuple(rows[0]), key, version)
    session.execute(statement, [newest[k] for k in sorted(newest)])


@lru_cache(maxsize=256)
def _upsert(dialect: str, table: Table, names: tuple[str, ...], key: str, version: str) -> Any:
    """Built once: to build it costs several times what it does to one row."""
    statement = _insert(dialect, table)
    changed: dict[str, Column[Any]] = {name: statement.excluded[name] for name in names if name != key}
    newer = table.c[version] < statement.excluded[version]
    return statement.on_conflict_do_update(index_elements=[table.c[key]], set_=changed, where=newer)


def _insert(dialect: str, table: Table) -> Any:
    """Both dialects have the same `on_conflict_*`, on classes that share no type."""
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


def changed(result: Any) -> int:
    """How many rows an update or delete touched; SQLAlchemy's type of `execute` does not know of it."""
    return int(result.rowcount)
