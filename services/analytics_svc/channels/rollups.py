"""Sums of all levels, changed by differences: each row once for a batch, in the order of its key.

So two workers at the same few rows wait for each other once and never in a ring. The fewest rows, which everybody
needs, are taken last: they are held for the shortest time.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Table, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from services.analytics_svc.channels.figures import Row, Vector, differences, plus
from services.analytics_svc.channels.models import ROLLUPS, SUMS, metric_figures
from shared.database import Tx

Key = tuple[Any, ...]
Sums = dict[Key, tuple[Vector, datetime]]

CHUNK = 5_000


def add(session: Session, changes: Iterable[tuple[Row | None, Row]]) -> None:
    """Put what stands in place of what stood, in every sum that it is part of."""
    for table, sums in coalesced(changes).items():
        if sums:
            session.execute(_adding(table, session.get_bind().dialect.name), _rows(table, sums))


def coalesced(changes: Iterable[tuple[Row | None, Row]]) -> dict[Table, Sums]:
    """The differences that a batch makes, by table and key."""
    found: dict[Table, Sums] = {table: {} for table in reversed(ROLLUPS)}
    for before, after in changes:
        for (currency, kind), vector in differences(before, after).items():
            place = after | {"currency": currency, "kind": kind}
            for table, sums in found.items():
                _add_to(sums, tuple(place[name] for name in _key(table)), vector, after["as_of"])
    return found


def recompute(tx: Tx) -> None:
    """Make all sums again, from nothing but the figures of the metrics."""
    for table in ROLLUPS:
        tx.session.execute(delete(table))
    stored = tx.session.execute(select(metric_figures).execution_options(yield_per=CHUNK)).mappings()
    for part in stored.partitions(CHUNK):
        add(tx.session, [(None, dict(row)) for row in part])


def _add_to(sums: Sums, key: Key, vector: Vector, as_of: datetime) -> None:
    if key in sums:
        before, at = sums[key]
        sums[key] = plus(before, vector), max(at, as_of)
    else:
        sums[key] = vector, as_of


def _rows(table: Table, sums: Mapping[Key, tuple[Vector, datetime]]) -> list[Row]:
    names = (*_key(table), *SUMS, "as_of")
    return [dict(zip(names, (*key, *sums[key][0], sums[key][1]), strict=True)) for key in sorted(sums)]


@cache
def _key(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.primary_key)


@cache
def _adding(table: Table, dialect: str) -> Any:
    statement: Any = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    new = statement.excluded
    changed = {name: table.c[name] + new[name] for name in SUMS}
    changed["as_of"] = case((new.as_of > table.c.as_of, new.as_of), else_=table.c.as_of)
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)
