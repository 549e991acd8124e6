"""Finding companies: by what identifies them, and by id. A company that is not there is a 404."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Path
from sqlalchemy import RowMapping, Select, select
from sqlmodel import Session

from services.customer_svc.companies.identity import DOMAIN, EXTERNAL, id_in
from services.customer_svc.companies.models import companies, company_identifiers
from shared.database.sql import among
from shared.ids import is_id
from shared.problems import not_found

CompanyId = Annotated[
    str, Path(description="The id of a company.", max_length=40, examples=["com_01k9q3v7w8e5rtx2m4n6p8q0sh"])
]


_STANDING = [column for column in companies.c if column.name not in ("created_at", "updated_at")]
_NAMES = [column.name for column in _STANDING]

# Built once: to build a statement costs more than to run it.
_OWNERS = select(company_identifiers.c.lookup, company_identifiers.c.company_id).where(
    among(company_identifiers.c.lookup, "lookups")
)
_KNOWN = select(*_STANDING).where(among(companies.c.id, "ids")).order_by(companies.c.id)
_HELD = _KNOWN.with_for_update()
_EXACT = select(company_identifiers.c.company_id, company_identifiers.c.kind, company_identifiers.c.source).where(
    among(company_identifiers.c.company_id, "ids"), company_identifiers.c.kind.in_((DOMAIN, EXTERNAL))
)


@dataclass(slots=True)
class Kept:
    """A company as a unit of work has it so far, in its columns; `stored` if it was there before.

    `exclusive` is what it has one of: a domain, an id in a source.
    """

    id: str
    version: int
    columns: dict[str, Any]
    stored: bool
    exclusive: frozenset[str] = frozenset()


def found_by(session: Session, lookups: Collection[str], *, hold: bool) -> dict[str, Kept]:
    """By identifier, the company that it names; what names none is not in it. `hold`: until the transaction ends."""
    owners = session.execute(_OWNERS, {"lookups": lookups}).all()
    known = _kept(session, sorted({company_id for _, company_id in owners}), hold)
    return {lookup: known[company_id] for lookup, company_id in owners}


def _kept(session: Session, ids: Collection[str], hold: bool) -> dict[str, Kept]:
    """Rows are locked in id order, so that no two transactions wait in a ring."""
    if not ids:
        return {}
    rows = session.execute(_HELD if hold else _KNOWN, {"ids": ids})
    named = (dict(zip(_NAMES, row, strict=True)) for row in rows)  # a mapping of SQLAlchemy's costs several times this
    known = {row["id"]: Kept(row["id"], row["version"], row, True) for row in named}
    for company_id, kind, source in session.execute(_EXACT, {"ids": ids}):
        known[company_id].exclusive |= {DOMAIN if kind == DOMAIN else id_in(source)}
    return known


def locked_or_404(session: Session, company_id: str) -> RowMapping:
    """The row, held until the transaction ends."""
    return _or_404(session, company_id, select(companies).with_for_update())


def known_or_404(session: Session, company_id: str) -> RowMapping:
    return _or_404(session, company_id, select(companies))


def _or_404(session: Session, company_id: str, query: Select[Any]) -> RowMapping:
    """An id of another shape names nothing either."""
    found = query.where(companies.c.id == company_id)
    row = session.execute(found).mappings().one_or_none() if is_id(company_id, "com_") else None
    if row is None:
        raise not_found("company")
    return row
