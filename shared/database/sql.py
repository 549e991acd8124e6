"""Statements that SQLite and PostgreSQL spell the same way and SQLAlchemy's core does not."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Boolean, Column, Dialect, String, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Session, SQLModel

from shared.database.inserting import insert_new_rows, insert_rows

Row = Mapping[str, Any]


def table_of(model: type[SQLModel] | Table) -> Table:
    return model if isinstance(model, Table) else model.__table__  # type: ignore[attr-defined]


def insert_all(session: Session, model: type[SQLModel] | Table, rows: Sequence[Row]) -> None:
    """By Core, many at a time: the unit of work of the ORM costs 20 to 45 times the insert."""
    if rows:
        _insert_rows(session, _insert(session.get_bind().dialect.name, table_of(model)), rows)


def insert_new(session: Session, model: type[SQLModel] | Table, rows: Sequence[Row], *, returning: str) -> set[Any]:
    """Insert the rows that break no unique rule; what `returning` is in those that went in. Selecting first races."""
    if not rows:
        return set()
    table = table_of(model)
    statement = _insert_new(session.get_bind().dialect.name, table)
    found = insert_new_rows(session.connection(), statement, rows, returning)
    if found is not None:
        return found
    return set(session.execute(statement.returning(table.c[returning]), list(rows)).scalars())


def insert_only_new(session: Session, model: type[SQLModel] | Table, rows: Sequence[Row]) -> int:
    """As `insert_new`, for who wants to know only how many went in."""
    if not rows:
        return 0
    statement = _insert_new(session.get_bind().dialect.name, table_of(model))
    went_in = insert_rows(session.connection(), statement, rows)
    if went_in is None:
        raise ValueError(f"{table_of(model).name} has a column whose default is computed: use insert_new")
    return went_in


def upsert_newer(
    session: Session, model: type[SQLModel] | Table, rows: Sequence[Row], *, key: str, version: str = "sequence"
) -> None:
    """Insert, or replace what is older. Rows are taken in key order, so that two workers cannot lock each other out.

    All rows have the same columns. What has the same or a higher version stays, whatever order the facts came in.
    """
    if not rows:
        return
    newest = {row[key]: row for row in sorted(rows, key=lambda row: row[version])}
    statement = _upsert(session.get_bind().dialect.name, table_of(model), tuple(rows[0]), key, version)
    _insert_rows(session, statement, [newest[k] for k in sorted(newest)])


def _insert_rows(session: Session, statement: Any, rows: Sequence[Row]) -> None:
    if insert_rows(session.connection(), statement, rows) is None:
        session.execute(statement, list(rows))


# Each is built once: to build it costs several times what it does to one row, and how it is run is kept by it.


@lru_cache(maxsize=512)
def _insert(dialect: str, table: Table) -> Any:
    """Both dialects have the same `on_conflict_*`, on classes that share no type."""
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


@lru_cache(maxsize=512)
def _insert_new(dialect: str, table: Table) -> Any:
    return _insert(dialect, table).on_conflict_do_nothing()


@lru_cache(maxsize=512)
def _upsert(dialect: str, table: Table, names: tuple[str, ...], key: str, version: str) -> Any:
    statement = _insert(dialect, table)
    changed: dict[str, Column[Any]] = {name: statement.excluded[name] for name in names if name != key}
    newer = table.c[version] < statement.excluded[version]
    return statement.on_conflict_do_update(index_elements=[table.c[key]], set_=changed, where=newer)


class _Texts(TypeDecorator[Collection[str]]):
    """A list of texts as one parameter."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(postgresql.ARRAY(String()) if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: Collection[str] | None, dialect: Dialect) -> Any:
        texts = list(value or ())
        return texts if dialect.name == "postgresql" else orjson.dumps(texts).decode()


class _Among(FunctionElement[bool]):
    name = "among"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """As it is. Where there is no boolean type SQLAlchemy would ask for `... = 1`, and no index answers that."""
        return self


@compiles(_Among, "postgresql")
def _any(element: Any, compiler: Any, **_: Any) -> str:
    column, texts = (compiler.process(clause) for clause in element.clauses)
    return f"{column} = ANY({texts})"


@compiles(_Among)
def _in_json(element: Any, compiler: Any, **_: Any) -> str:
    column, texts = (compiler.process(clause) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({texts}))"  # noqa: S608  # both are SQLAlchemy's own


def among(column: Column[Any], name: str) -> Any:
    """The column is one of the texts in parameter `name`: one statement for lists of any length, as `in_` is not."""
    return _Among(column, bindparam(name, type_=_Texts()))


def changed(result: Any) -> int:
    """How many rows an update or delete touched; SQLAlchemy's type of `execute` does not know of it."""
    return int(result.rowcount)
