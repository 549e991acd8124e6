"""Companies out of files: each is recorded as if its source had posted it."""

from collections.abc import Sequence

from sqlmodel import Session

from services.customer_svc.companies.arriving import Arriving, arriving
from services.customer_svc.companies.recording import Recorded, preview, record
from services.customer_svc.companies.shapes import CompanyIn
from services.customer_svc.imports.company_rows import COMPANY_ROWS
from shared.clock import utc_now
from shared.database import Tx
from shared.imports.kinds import Fate, Kind, Outcome, Rejected
from shared.problems import FieldError


def _preview(session: Session, rows: Sequence[CompanyIn]) -> list[Outcome]:
    return [_outcome(one) for one in preview(session, [arriving(row) for row in rows], utc_now())]


def _store(tx: Tx, rows: Sequence[Arriving]) -> list[Outcome]:
    return [_outcome(one) for one in record(tx, rows)]


def _outcome(recorded: Recorded) -> Outcome:
    if recorded.contradicting:
        return Rejected(tuple(_other_company(name) for name in recorded.contradicting))
    if recorded.created:
        return Fate.CREATED
    return Fate.CHANGED if recorded.changed else Fate.UNCHANGED


def _other_company(field: str) -> FieldError:
    return FieldError(f"/{field}", "other_company", "It names another company than the other identifier.")


COMPANIES = Kind(
    COMPANY_ROWS,
    scope="companies:write",
    about="Companies, each found by the id of its source, its domain, or its name in its country.",
    preview=_preview,
    store=_store,
    example="name;industry;country;revenue;currency\nAnalytical Engines;Software;Germany;9010.00;USD\n",
)
