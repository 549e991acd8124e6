"""The unit of work that records companies: each of them once, a fact for each that is new or changed, else nothing.

A chunk of rows costs a handful of statements, whatever its length. Everybody takes locks in one order, known companies
by id, then identifiers by hash. Who meets a new company that another transaction is just making is beaten: nothing of
the unit is kept, and the database runs it again, when that company is known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import bindparam, update
from sqlmodel import Session

from services.customer_svc.companies.arriving import Arriving
from services.customer_svc.companies.finding import Kept, found_by
from services.customer_svc.companies.identity import EXTERNAL, NAME
from services.customer_svc.companies.models import companies, company_identifiers
from services.customer_svc.companies.profile import LEARNT, fact, values_of
from services.customer_svc.companies.refusals import contradiction
from shared.contracts.customer import CompanyRecorded
from shared.database import Tx
from shared.database.sql import insert_all, insert_only_new
from shared.events.wire import Draft
from shared.problems import unavailable

UNNAMING = {name: columns for name, columns in LEARNT.items() if name not in ("name", "country")}


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of one row. `contradicting`: the fields by which it would be two companies; then it changed nothing.

    In a preview, a company that would be created has no id.
    """

    company_id: str | None = None
    created: bool = False
    changed: bool = False
    contradicting: tuple[str, ...] = ()
    version: int = 0


def record(tx: Tx, rows: Sequence[Arriving]) -> list[Recorded]:
    """One result for each row, as if they came one by one. Raises a Problem 503 where it was beaten; see above."""
    chunk, results = _taken(tx.session, rows, tx.now, hold=True)
    chunk.write(tx)
    return results


def record_one(tx: Tx, row: Arriving) -> Recorded:
    """Raises Problem 409 where the row contradicts itself: nothing is kept, so a key is not used up either."""
    [recorded] = record(tx, [row])
    if recorded.contradicting:
        raise contradiction(recorded.contradicting)
    return recorded


def preview(session: Session, rows: Sequence[Arriving], now: datetime) -> list[Recorded]:
    """What `record` would do, if nobody changes anything meanwhile."""
    chunk, results = _taken(session, rows, now, hold=False)
    new = {company.id for company in chunk.created}
    return [replace(one, company_id=None) if one.company_id in new else one for one in results]


def _taken(session: Session, rows: Sequence[Arriving], now: datetime, *, hold: bool) -> tuple["Chunk", list[Recorded]]:
    wanted = {lookup for row in rows for lookup in row.named.values()}
    chunk = Chunk(now, found_by(session, sorted(wanted), hold=hold))
    return chunk, [chunk.take(row) for row in rows]


@dataclass(slots=True)
class Chunk:
    """The rows and facts that records turn into. `owner`: by identifier, whose it is, known before or met here."""

    now: datetime
    owner: dict[str, Kept]
    created: list[Kept] = field(default_factory=list)
    changed: dict[str, Kept] = field(default_factory=dict)
    identifiers: list[dict[str, Any]] = field(default_factory=list)
    facts: list[CompanyRecorded | Draft] = field(default_factory=list)

    def take(self, row: Arriving) -> Recorded:
        known = {kind: company for kind, lookup in row.named.items() if (company := self.owner.get(lookup))}
        namesake = known.pop(NAME, None)
        if not known:
            if namesake is None or namesake.exclusive & row.exclusive:
                return self._make(row)
            return self._learn(namesake, row, UNNAMING)
        if len({company.id for company in known.values()}) > 1:
            return Recorded(contradicting=tuple(known))
        return self._learn(next(iter(known.values())), row, LEARNT)

    def _make(self, row: Arriving) -> Recorded:
        company = Kept(row.id, 1, row.columns, False)
        self.created.append(company)
        self._identify(company, row)
        self.facts.append(row.fact)
        return Recorded(company.id, True, True, version=company.version)

    def _learn(self, company: Kept, row: Arriving, fields: Mapping[str, Sequence[str]]) -> Recorded:
        before, told = company.columns, row.columns
        learnt = (names for names in fields.values() if told[names[0]] is not None)
        news = {name: told[name] for names in learnt for name in names if told[name] != before[name]}
        if not self._identify(company, row) and not news:
            return Recorded(company.id, version=company.version)
        company.columns = before | news
        company.version += 1
        if company.stored:
            self.changed[company.id] = company
        self.facts.append(fact(company.id, company.version, values_of(company.columns), self.now))
        return Recorded(company.id, False, True, version=company.version)

    def _identify(self, company: Kept, row: Arriving) -> bool:
        """Make it known by what names nobody yet. Whether an exact identifier is among that: a name is no news."""
        company.exclusive |= row.exclusive
        unseen = [kind for kind, lookup in row.named.items() if lookup not in self.owner]
        for kind in unseen:
            lookup = row.named[kind]
            self.owner[lookup] = company
            self.identifiers.append(identifier(company.id, kind, lookup, row.source, row.external_id))
        return unseen not in ([], [NAME])

    def write(self, tx: Tx) -> None:
        if not claimed(tx.session, self.identifiers):
            raise unavailable("Others are recording the same companies; nothing was stored.", slug="busy")
        session, at = tx.session, {"updated_at": tx.now}
        insert_all(session, companies, [_row(company) | at | {"created_at": tx.now} for company in self.created])
        if self.changed:
            known = [{"_id": company_id} | _row(self.changed[company_id]) | at for company_id in sorted(self.changed)]
            session.execute(update(companies).where(companies.c.id == bindparam("_id")), known)
        tx.emit_all(self.facts)


def identifier(
    company_id: str, kind: str, lookup: str, source: str | None = None, external_id: str | None = None
) -> dict[str, Any]:
    """The row for it; of an external id, which it was."""
    if kind != EXTERNAL:
        source = external_id = None
    return {"lookup": lookup, "company_id": company_id, "kind": kind, "source": source, "external_id": external_id}


def claimed(session: Session, identifiers: Sequence[dict[str, Any]]) -> bool:
    """Whether all of them are now these companies'. Taken in the order of their hashes, and for ever."""
    rows = sorted(identifiers, key=itemgetter("lookup"))
    return insert_only_new(session, company_identifiers, rows) == len(rows)


def _row(company: Kept) -> dict[str, Any]:
    return company.columns | {"id": company.id, "version": company.version}
