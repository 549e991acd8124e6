"""What happens when analytics suggests a budget: it waits for a person, and takes the place of what was advised before.

A suggestion makes one approval, however often it is told. A person's proposal stays beside it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, func, select

from services.campaign_svc.approvals import budgets
from services.campaign_svc.approvals.deciding import close
from services.campaign_svc.approvals.models import Approval
from services.campaign_svc.approvals.proposals import suggested, waiting
from shared.contracts.analytics import BudgetSuggested
from shared.database import Tx
from shared.events import Event


def on_budgets_suggested(tx: Tx, events: Sequence[BudgetSuggested]) -> None:
    standing = budgets.locked(tx, {event.series: (event.channel, event.campaign) for event in events})
    known = _known(tx.session, {event.suggestion_id for event in events})
    newest = _newest(tx.session, standing)
    for event in sorted(events, key=lambda event: (event.as_of, event.suggestion_id)):
        if event.suggestion_id in known:
            continue
        known.add(event.suggestion_id)
        _make_room(tx, event, newest.get(event.series))
        approval = waiting(tx, standing[event.series], suggested(event))
        if event.as_of < newest.get(event.series, event.as_of):
            close(tx, approval, "superseded")
        newest[event.series] = max(event.as_of, newest.get(event.series, event.as_of))
    tx.session.flush()


def _make_room(tx: Tx, event: BudgetSuggested, newest: datetime | None) -> None:
    """End the advice that waits for this campaign, unless this one is the older: it came late."""
    if newest is None or event.as_of < newest:
        return
    waits = (
        col(Approval.series) == event.series,
        col(Approval.state) == "waiting",
        col(Approval.suggestion_id).is_not(None),
    )
    for approval in tx.session.exec(select(Approval).where(*waits).order_by(col(Approval.id)).with_for_update()):
        close(tx, approval, "superseded")


def _known(session: Session, suggestions: Iterable[str]) -> set[str | None]:
    return set(session.exec(select(Approval.suggestion_id).where(col(Approval.suggestion_id).in_(suggestions))))


def _newest(session: Session, series: Iterable[str]) -> dict[str, datetime]:
    """By campaign, when the newest advice was true that ever came."""
    newest = func.max(col(Approval.suggested_as_of))
    query = select(Approval.series, newest).where(
        col(Approval.series).in_(series), col(Approval.suggested_as_of).is_not(None)
    )
    return {name: at for name, at in session.exec(query.group_by(col(Approval.series))) if at is not None}


HANDLERS: dict[type[Event], Any] = {BudgetSuggested: on_budgets_suggested}
