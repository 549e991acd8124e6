"""Reading companies: one, or lists of them by plain attributes."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import Session

from services.customer_svc.companies.finding import known_or_404
from services.customer_svc.companies.identity import EXTERNAL, code_of
from services.customer_svc.companies.models import Company, companies, company_identifiers
from services.customer_svc.companies.profile import values_of
from services.customer_svc.companies.shapes import CompanyOut, ExternalId
from shared.web import Order, Page, Paging

ORDER = Order(
    {name: companies.c[name] for name in ("updated_at", "created_at")}, default="-updated_at", tie=companies.c.id
)


def listed(
    session: Session, asked: Paging, industry: str | None, country: str | None, updated_after: datetime | None
) -> Page[CompanyOut]:
    wanted: list[ColumnElement[bool]] = []
    if industry is not None:
        wanted.append(companies.c.industry == industry)
    if country is not None:
        wanted.append(_in_country(country))
    if updated_after is not None:
        wanted.append(companies.c.updated_at > updated_after)
    page: Page[Any] = asked.page(session, select(Company).where(*wanted), lambda company: company.model_dump())
    return Page(items=shown(session, page.items), next_cursor=page.next_cursor)


def _in_country(country: str) -> ColumnElement[bool]:
    """`DE`, `Germany` and `germany` ask for one thing; what names no country, for what was written so."""
    code = code_of(country)
    return companies.c.country_code == code if code else companies.c.country == country


def one(session: Session, company_id: str) -> CompanyOut:
    return shown(session, [known_or_404(session, company_id)])[0]


def shown(session: Session, rows: Sequence[Mapping[Any, Any]]) -> list[CompanyOut]:
    ids = _external_ids(session, [row["id"] for row in rows])
    same = ("id", "version", "country_code", "created_at", "updated_at")
    return [
        CompanyOut(**values_of(row), **{name: row[name] for name in same}, external_ids=ids[row["id"]]) for row in rows
    ]


def _external_ids(session: Session, company_ids: Collection[str]) -> defaultdict[str, list[ExternalId]]:
    columns = company_identifiers.c
    query = (
        select(columns.company_id, columns.source, columns.external_id)
        .where(columns.company_id.in_(company_ids), columns.kind == EXTERNAL)
        .order_by(columns.source, columns.external_id)
    )
    found: defaultdict[str, list[ExternalId]] = defaultdict(list)
    for company_id, source, external_id in session.execute(query):
        found[company_id].append(ExternalId(source=source, external_id=external_id))
    return found
