"""Sums for whatever they are grouped by, read from the smallest roll-up that knows all the names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, func, select
from sqlmodel import Session

from services.analytics_svc.channels.figures import Vector, plus
from services.analytics_svc.channels.models import ROLLUPS, SUMS, dimension_names, dimension_sets
from shared.problems import FieldError, invalid_field, invalid_fields

COLUMNS = ("channel", "campaign", "account", "ad", "day", "currency")
"""What every metric can be grouped by; all other names are dimensions."""

MOST_GROUPS = 10_000

Group = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to group by, and which metrics; both days included."""

    group_by: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    only: Mapping[str, str] = field(default_factory=dict)

    @property
    def dimensions(self) -> list[str]:
        return [name for name in self.group_by if name not in COLUMNS]

    @property
    def columns(self) -> list[str]:
        found = [name for name in COLUMNS if name in self.group_by and name != "currency"]
        return [*found, "dimensions_id"] if self.dimensions else found

    def table(self) -> Table:
        needed = {*self.columns, *self.only} | ({"day"} if self.since or self.until else set())
        return next(table for table in ROLLUPS if needed <= set(table.c.keys()))


@dataclass(slots=True)
class Summed:
    """The sums of one group, by currency and kind of conversion, and when the newest figures in them were true."""

    sums: dict[tuple[str, str], Vector] = field(default_factory=dict)
    as_of: datetime | None = None

    def add(self, key: tuple[str, str], vector: Vector, as_of: datetime) -> None:
        self.sums[key] = plus(self.sums[key], vector) if key in self.sums else vector
        self.as_of = max(self.as_of or as_of, as_of)

    def take(self, other: "Summed") -> None:
        for key, vector in other.sums.items():
            if other.as_of:
                self.add(key, vector, other.as_of)


def grouped(session: Session, wanted: Wanted) -> dict[Group, Summed]:
    """By the values of `group_by`, in order; None where a metric has none. Raises Problem 422 for a name that no
    metric ever had, and where there would be more than `MOST_GROUPS`.
    """
    refuse_unknown(session, wanted)
    rows = _rows(session, wanted)
    sets = _dimension_sets(session, wanted)
    found: dict[Group, Summed] = {}
    for *columns, currency, kind, as_of, vector in rows:
        known = dict(zip(wanted.columns, columns, strict=True)) | {"currency": currency}
        known |= sets.get(known.pop("dimensions_id", ""), {})
        group = tuple(known.get(name) or None for name in wanted.group_by)
        if group not in found and len(found) == MOST_GROUPS:
            raise _too_many()
        found.setdefault(group, Summed()).add((currency, kind), vector, as_of)
    return {group: found[group] for group in sorted(found, key=_in_order)}


def total(groups: Iterable[Summed]) -> Summed:
    found = Summed()
    for group in groups:
        found.take(group)
    return found


def refuse_unknown(session: Session, wanted: Wanted) -> None:
    """A misspelt name is no empty answer. Where nothing at all was reported yet, every name may still come to be."""
    known = set(session.execute(select(dimension_names.c.name)).scalars())
    unknown = [name for name in wanted.dimensions if name not in known]
    if unknown and session.execute(select(ROLLUPS[0].c.channel).limit(1)).first():
        raise invalid_fields([FieldError("/query/group_by", "unknown_name", _no_metric_has(name)) for name in unknown])


def _no_metric_has(name: str) -> str:
    return f"No metric has the dimension {name}. Group by {', '.join(COLUMNS)}, or a dimension that was reported."


def _rows(session: Session, wanted: Wanted) -> Iterable[Sequence[Any]]:
    table = wanted.table()
    keys = [table.c[name] for name in (*wanted.columns, "currency", "kind")]
    sums = [func.sum(table.c[name]) for name in SUMS]
    query = select(*keys, func.max(table.c.as_of), *sums).where(*_where(table, wanted)).group_by(*keys)
    width = len(keys) + 1
    for row in session.execute(query.having(func.sum(table.c.metrics) != 0)):
        yield (*row[:width], tuple(map(int, row[width:])))


def _where(table: Table, wanted: Wanted) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [table.c[name] == value for name, value in wanted.only.items()]
    if wanted.since:
        where.append(table.c.day >= wanted.since)
    if wanted.until:
        where.append(table.c.day <= wanted.until)
    return where


def _dimension_sets(session: Session, wanted: Wanted) -> dict[str, dict[str, str]]:
    """The sets that the answer is made of, whatever else was ever reported."""
    if not wanted.dimensions:
        return {}
    table = wanted.table()
    met = select(table.c.dimensions_id).where(*_where(table, wanted)).distinct()
    found = session.execute(select(dimension_sets).where(dimension_sets.c.id.in_(met))).mappings()
    return {row["id"]: row["dimensions"] for row in found}


def _in_order(group: Group) -> tuple[Any, ...]:
    return tuple((value is None, value) if value is not None else (True, "") for value in group)


def _too_many() -> Exception:
    return invalid_field(
        "/query/group_by",
        "too_many_groups",
        f"The answer would have more than {MOST_GROUPS} groups: narrow it by from, to, channel or campaign.",
    )
