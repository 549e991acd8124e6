"""Finding companies: by what identifies them, and by id. A company that is not there is a 404."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Path
from sqlalchemy import RowMapping, Select, select
from sqlmodel import Session

from services.customer_svc.companies.identity import DOMAIN, EXTERNAL, id_in
from services.customer_svc.companies.models import companies, company_identifiers
from services.customer_svc.companies.profile import Values, values_of
from shared.ids import is_id
from shared.problems import not_found

CompanyId = Annotated[
    str, Path(description="The id of a company.", max_length=40, examples=["com_01k9q3v7w8e5rtx2m4n6p8q0sh"])
]


_STANDING = [column for column in companies.c if column.name not in ("country_code", "created_at", "updated_at")]
_NAMES = [column.name for column in _STANDING]


@dataclass(slots=True)
class Kept:
    """A company as a unit of work has it so far; `stored` if it was there before.

    `exclusive` is what it has one of: a domain, an id in a source.
    """

    id: str
    version: int
    values: Values
    stored: bool
    exclusive: set[str] = field(default_factory=set)


def found_by(session: Session, lookups: Collection[str], *, hold: bool) -> dict[str, Kept]:
    """By identifier, the company that it names; what names none is not in it. `hold`: until the transaction ends."""
    query = select(company_identifiers.c.lookup, company_identifiers.c.company_id)
    owners = session.execute(query.where(company_identifiers.c.lookup.in_(lookups))).all()
    known = _kept(session, sorted({company_id for _, company_id in owners}), hold)
    return {lookup: known[company_id] for lookup, company_id in owners}


def _kept(session: Session, ids: Collection[str], hold: bool) -> dict[str, Kept]:
    """Rows are locked in id order, so that no two transactions wait in a ring."""
    if not ids:
        return {}
    query = select(*_STANDING).where(companies.c.id.in_(ids)).order_by(companies.c.id)
    rows = session.execute(query.with_for_update() if hold else query)
    named = (dict(zip(_NAMES, row, strict=True)) for row in rows)  # a mapping of SQLAlchemy's costs several times this
    known = {row["id"]: Kept(row["id"], row["version"], values_of(row), True) for row in named}
    for company_id, kind, source in session.execute(_exact_identifiers(ids)):
        known[company_id].exclusive.add(DOMAIN if kind == DOMAIN else id_in(source))
    return known


def _exact_identifiers(ids: Collection[str]) -> Any:
    columns = company_identifiers.c
    return select(columns.company_id, columns.kind, columns.source).where(
        columns.company_id.in_(ids), columns.kind.in_((DOMAIN, EXTERNAL))
    )


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
