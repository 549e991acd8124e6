"""The unit of work that records companies: each of them once, a fact for each that is new or changed, else nothing.

A chunk of rows costs a handful of statements, whatever its length. Everybody takes locks in one order, known companies
by id, then identifiers by hash. Who meets a new company that another transaction is just making is beaten: nothing of
the unit is kept, and the database runs it again, when that company is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update
from sqlmodel import Session

from services.customer_svc.companies.finding import Kept, found_by
from services.customer_svc.companies.identity import DOMAIN, EXTERNAL, NAME, Named, exclusive, lookups
from services.customer_svc.companies.models import companies, company_identifiers
from services.customer_svc.companies.profile import FIELDS, LEARNT, columns_of, fact
from services.customer_svc.companies.refusals import contradiction
from services.customer_svc.companies.shapes import CompanyIn
from shared.contracts.customer import CompanyRecorded
from shared.database import Tx
from shared.database.sql import insert_all, insert_new
from shared.ids import new_id
from shared.problems import unavailable

UNNAMING = tuple(name for name in LEARNT if name not in ("name", "country"))


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of one row. `contradicting`: the fields by which it would be two companies; then it changed nothing.

    In a preview, a company that would be created has no id.
    """

    company_id: str | None = None
    created: bool = False
    changed: bool = False
    contradicting: tuple[str, ...] = ()


def record(tx: Tx, rows: Sequence[CompanyIn]) -> list[Recorded]:
    """One result for each row, as if they came one by one. Raises a Problem 503 where it was beaten; see above."""
    chunk, results = _taken(tx.session, rows, tx.now, hold=True)
    chunk.write(tx)
    return results


def record_one(tx: Tx, row: CompanyIn) -> Recorded:
    """Raises Problem 409 where the row contradicts itself: nothing is kept, so a key is not used up either."""
    [recorded] = record(tx, [row])
    if recorded.contradicting:
        raise contradiction(recorded.contradicting)
    return recorded


def preview(session: Session, rows: Sequence[CompanyIn], now: datetime) -> list[Recorded]:
    """What `record` would do, if nobody changes anything meanwhile."""
    chunk, results = _taken(session, rows, now, hold=False)
    new = {company.id for company in chunk.created}
    return [replace(one, company_id=None) if one.company_id in new else one for one in results]


def _taken(session: Session, rows: Sequence[CompanyIn], now: datetime, *, hold: bool) -> tuple["Chunk", list[Recorded]]:
    named = [lookups(row) for row in rows]
    wanted = {lookup for found in named for lookup in found.values()}
    chunk = Chunk(now, found_by(session, sorted(wanted), hold=hold))
    return chunk, [chunk.take(row, found) for row, found in zip(rows, named, strict=True)]


@dataclass(slots=True)
class Chunk:
    """The rows and facts that records turn into. `owner`: by identifier, whose it is, known before or met here."""

    now: datetime
    owner: dict[str, Kept]
    created: list[Kept] = field(default_factory=list)
    changed: dict[str, Kept] = field(default_factory=dict)
    identifiers: list[dict[str, Any]] = field(default_factory=list)
    facts: list[CompanyRecorded] = field(default_factory=list)

    def take(self, row: CompanyIn, named: dict[str, str]) -> Recorded:
        exact = {kind: self.owner[named[kind]] for kind in (EXTERNAL, DOMAIN) if named.get(kind) in self.owner}
        if len({company.id for company in exact.values()}) > 1:
            return Recorded(contradicting=tuple(exact))
        if exact:
            return self._learn(next(iter(exact.values())), row, named, LEARNT)
        namesake = self.owner.get(named[NAME])
        if namesake is None or namesake.exclusive & exclusive(row):
            return self._make(row, named)
        return self._learn(namesake, row, named, UNNAMING)

    def _make(self, row: CompanyIn, named: dict[str, str]) -> Recorded:
        company = Kept(new_id("com"), 1, {name: getattr(row, name) for name in FIELDS}, False)
        self.created.append(company)
        self._identify(company, row, named)
        self.facts.append(fact(company.id, 1, company.values, self.now))
        return Recorded(company.id, True, True)

    def _learn(self, company: Kept, row: CompanyIn, named: dict[str, str], fields: Sequence[str]) -> Recorded:
        values = company.values
        news = {name: told for name in fields if (told := getattr(row, name)) is not None and told != values[name]}
        if not self._identify(company, row, named) and not news:
            return Recorded(company.id)
        company.values = values | news
        company.version += 1
        if company.stored:
            self.changed[company.id] = company
        self.facts.append(fact(company.id, company.version, company.values, self.now))
        return Recorded(company.id, False, True)

    def _identify(self, company: Kept, row: CompanyIn, named: dict[str, str]) -> bool:
        """Make it known by what names nobody yet. Whether an exact identifier is among that: a name is no news."""
        company.exclusive |= exclusive(row)
        unseen = [kind for kind, lookup in named.items() if lookup not in self.owner]
        for kind in unseen:
            self.owner[named[kind]] = company
            self.identifiers.append(identifier(company.id, kind, named[kind], row))
        return unseen not in ([], [NAME])

    def write(self, tx: Tx) -> None:
        if not claimed(tx.session, self.identifiers):
            raise unavailable("Others are recording the same companies; nothing was stored.", slug="busy")
        session, at = tx.session, {"updated_at": tx.now}
        insert_all(session, companies, [_row(company) | at | {"created_at": tx.now} for company in self.created])
        if self.changed:
            known = [{"_id": company_id} | _row(self.changed[company_id]) | at for company_id in sorted(self.changed)]
            session.execute(update(companies).where(companies.c.id == bindparam("_id")), known)
        for one in self.facts:
            tx.emit(one)


def identifier(company_id: str, kind: str, lookup: str, named: Named | None = None) -> dict[str, Any]:
    """The row for it; of an external id, `named` says which it was."""
    given = (named.source, named.external_id) if named and kind == EXTERNAL else (None, None)
    return {"lookup": lookup, "company_id": company_id, "kind": kind, "source": given[0], "external_id": given[1]}


def claimed(session: Session, identifiers: Sequence[dict[str, Any]]) -> bool:
    """Whether all of them are now these companies'. Taken in the order of their hashes, and for ever."""
    rows = sorted(identifiers, key=lambda row: str(row["lookup"]))
    return len(insert_new(session, company_identifiers, rows, returning="lookup")) == len(rows)


def _row(company: Kept) -> dict[str, Any]:
    return columns_of(company.values) | {"id": company.id, "version": company.version}
