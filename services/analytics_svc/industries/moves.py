"""What moves in the figures of industries: added up first, then written row by row in the order of their keys, so that
two workers who touch the same industries never wait for each other in a ring, and each row is touched once a batch.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, bindparam, case, cast, delete, func, insert, select, text, update
from sqlmodel import Session

from services.analytics_svc.industries.models import KEY, PARTS, company_figures, industry_figures
from shared.database.sql import insert_new

SUMS = ("n", *PARTS)
_NOTHING = dict.fromkeys(SUMS, 0)

_columns = industry_figures.c
_ADD = (
    update(industry_figures)
    .where(*(_columns[name] == bindparam(f"_{name}") for name in KEY))
    .values(
        {name: _columns[name] + bindparam(f"_{name}", type_=BigInteger) for name in SUMS}
        | {"as_of": case((_columns.as_of < bindparam("_as_of"), bindparam("_as_of")), else_=_columns.as_of)}
    )
)

_KEYS = [_columns[name].label(f"_{name}") for name in KEY]
_MOVED = (
    update(industry_figures)
    .where(*(_columns[name] == bindparam(f"_{name}") for name in KEY), _columns.as_of < bindparam("_as_of"))
    .values(as_of=bindparam("_as_of"))
)


@dataclass(slots=True)
class Moves:
    """By key of a row of figures: what is added to its sums, and when that was stated."""

    sums: dict[tuple[str, ...], list[int]] = field(default_factory=dict)
    as_of: dict[tuple[str, ...], datetime] = field(default_factory=dict)

    def add(self, company: Mapping[str, Any], sign: int, as_of: datetime) -> None:
        key = (company["industry"], company["currency"], company["missing"])
        sums = self.sums.setdefault(key, [0] * len(SUMS))
        sums[0] += sign
        for place, name in enumerate(PARTS, 1):
            sums[place] += sign * company[name]
        self.as_of[key] = max(as_of, self.as_of.get(key, as_of))

    def write(self, session: Session) -> None:
        keys = sorted(self.sums)
        if not keys:
            return
        fresh = [dict(zip(KEY, key, strict=True)) | _NOTHING | {"as_of": self.as_of[key]} for key in keys]
        insert_new(session, industry_figures, fresh, returning="industry")
        session.execute(_ADD, [self._bound(key) for key in keys])

    def _bound(self, key: tuple[str, ...]) -> dict[str, Any]:
        named = zip((*KEY, *SUMS), (*key, *self.sums[key]), strict=True)
        return {f"_{name}": value for name, value in named} | {"_as_of": self.as_of[key]}


def recompute(session: Session) -> None:
    """All figures anew, from what each company adds: the same as were kept, or somebody has found a fault. When they
    last moved stays: a company that has left moved them too, and nothing here remembers it.

    In a unit of work. On PostgreSQL it waits for who is taking in facts, and they for it: a sum that was made while one
    of them was half done would lack what that one adds.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE company_figures IN EXCLUSIVE MODE"))
    facts = company_figures.c
    sums = [cast(func.sum(facts[name]), BigInteger).label(name) for name in PARTS]
    keys = [facts[name] for name in KEY]
    made = select(*keys, func.count().label("n"), *sums, func.max(facts.as_of).label("as_of")).group_by(*keys)
    moved = [dict(row) for row in session.execute(select(*_KEYS, _columns.as_of.label("_as_of"))).mappings()]
    session.execute(delete(industry_figures))
    session.execute(insert(industry_figures).from_select([*KEY, *SUMS, "as_of"], made))
    if moved:
        session.execute(_MOVED, moved)
