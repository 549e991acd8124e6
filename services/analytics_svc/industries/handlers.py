"""What happens when a company is recorded: what it added before is taken from its industry, what it adds now is added.

What each company adds is kept with the sequence of the fact that said so. So a fact that comes late or twice changes
nothing, and the figures are the same in whatever order facts come.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlmodel import Session

from services.analytics_svc.industries.contributions import Contribution
from services.analytics_svc.industries.models import KEY, PARTS, company_figures
from services.analytics_svc.industries.moves import Moves
from shared.contracts.customer import CompanyRecorded
from shared.database import Tx
from shared.database.sql import insert_new
from shared.events import Event

Row = dict[str, Any]

_NAMES = ("company_id", "sequence", *KEY, *PARTS)
_STANDING = select(*(company_figures.c[name] for name in _NAMES)).order_by(company_figures.c.company_id)
_REPLACE = update(company_figures).where(company_figures.c.company_id == bindparam("_id"))


def on_companies_recorded(tx: Tx, facts: Sequence[CompanyRecorded]) -> None:
    """Locks are taken in one order: companies by id, then industries by key."""
    newest = {fact.company_id: fact for fact in sorted(facts, key=lambda fact: fact.sequence)}
    now = {company_id: _row(newest[company_id]) for company_id in sorted(newest)}
    new = insert_new(tx.session, company_figures, list(now.values()), returning="company_id")
    before = _locked(tx.session, [company_id for company_id in now if company_id not in new])
    older = [row for row in before if row["sequence"] < now[row["company_id"]]["sequence"]]
    _replace(tx.session, [now[row["company_id"]] for row in older])
    moves = Moves()
    for row in older:
        moves.add(row, -1, now[row["company_id"]]["as_of"])
    for company_id in [*new, *(row["company_id"] for row in older)]:
        moves.add(now[company_id], 1, now[company_id]["as_of"])
    moves.write(tx.session)


def _row(fact: CompanyRecorded) -> Row:
    adds = Contribution.of(fact)
    named = zip((*KEY, *PARTS), (*adds.key, *adds.revenue, *adds.profit), strict=True)
    return {"company_id": fact.company_id, "sequence": fact.sequence, "as_of": fact.told_at, **dict(named)}


def _locked(session: Session, company_ids: Sequence[str]) -> list[Row]:
    """Those that were there before, held until the transaction ends."""
    if not company_ids:
        return []
    rows = session.execute(_STANDING.where(company_figures.c.company_id.in_(company_ids)).with_for_update())
    return [dict(zip(_NAMES, row, strict=True)) for row in rows]


def _replace(session: Session, rows: Sequence[Row]) -> None:
    if rows:
        session.execute(_REPLACE, [{"_id": row["company_id"], **row} for row in rows])


HANDLERS: dict[type[Event], Any] = {CompanyRecorded: on_companies_recorded}
