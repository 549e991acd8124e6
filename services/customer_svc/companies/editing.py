"""Edits by hand: of the version that was seen, and stated as a fact like what a source records."""

from typing import Any

from sqlalchemy import RowMapping, select, update

from services.customer_svc.companies.finding import locked_or_404
from services.customer_svc.companies.identity import DOMAIN, NAME, domain_lookup, name_lookup
from services.customer_svc.companies.models import companies, company_identifiers
from services.customer_svc.companies.profile import columns_of, fact, values_of
from services.customer_svc.companies.reading import one
from services.customer_svc.companies.recording import claimed, identifier
from services.customer_svc.companies.refusals import contradiction
from services.customer_svc.companies.shapes import CompanyOut, CompanyPatch
from shared.database import Tx
from shared.web import refuse_stale


def change(tx: Tx, company_id: str, patch: CompanyPatch, expected: int) -> CompanyOut:
    """Raises 404, 412 or 428 about the version, 409 where the domain is another company's."""
    row = locked_or_404(tx.session, company_id)
    refuse_stale(expected, row["version"])
    before = values_of(row)
    given = {name: getattr(patch, name) for name in patch.model_fields_set}
    news = {name: value for name, value in given.items() if value != before[name]}
    if news:
        _apply(tx, row, before, news)
    return one(tx.session, company_id)


def _apply(tx: Tx, row: RowMapping, before: dict[str, Any], news: dict[str, Any]) -> None:
    after, version = before | news, row["version"] + 1
    if news.get("domain"):
        _add_domain(tx, row["id"], news["domain"])
    if news.keys() & {"name", "country"}:
        _identify(tx, row["id"], NAME, name_lookup(after["name"], after["country"]))
    columns = columns_of(after) | {"version": version, "updated_at": tx.now}
    tx.session.execute(update(companies).where(companies.c.id == row["id"]).values(columns))
    tx.emit(fact(row["id"], version, after, tx.now))


def _add_domain(tx: Tx, company_id: str, domain: str) -> None:
    lookup = domain_lookup(domain)
    if _identify(tx, company_id, DOMAIN, lookup):
        return
    owner = select(company_identifiers.c.company_id).where(company_identifiers.c.lookup == lookup)
    if tx.session.execute(owner).scalar_one() != company_id:
        raise contradiction(["domain"])


def _identify(tx: Tx, company_id: str, kind: str, lookup: str) -> bool:
    """A name that is another company's stays so: it is then no way to find this one."""
    return claimed(tx.session, [identifier(company_id, kind, lookup)])
