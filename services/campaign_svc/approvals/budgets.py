"""The budgets: locked before anything about them is proposed or decided, and set by a yes as an absolute amount."""

from collections.abc import Mapping

from sqlmodel import col, select

from services.campaign_svc.approvals.models import Approval, Budget
from shared.contracts.campaign import BudgetChanged
from shared.database import Tx
from shared.database.sql import insert_new


def locked(tx: Tx, campaigns: Mapping[str, tuple[str, str]]) -> dict[str, Budget]:
    """By series, of which channel and campaign are given, the budgets; held until the end of the transaction.

    They are made where nobody set one, and locked in the order of their names, so that two cannot wait for each other.
    """
    rows = [
        {"series": series, "channel": channel, "campaign": campaign, "version": 0, "updated_at": tx.now}
        for series, (channel, campaign) in sorted(campaigns.items())
    ]
    insert_new(tx.session, Budget, rows, returning="series")
    query = select(Budget).where(col(Budget.series).in_(campaigns)).order_by(col(Budget.series)).with_for_update()
    return {found.series: found for found in tx.session.exec(query.execution_options(populate_existing=True))}


def locked_one(tx: Tx, series: str) -> Budget:
    """That of a campaign which an approval is about, so it is there."""
    query = select(Budget).where(col(Budget.series) == series).with_for_update()
    return tx.session.exec(query.execution_options(populate_existing=True)).one()


def set_by(tx: Tx, budget: Budget, approval: Approval) -> BudgetChanged:
    amount = approval.daily_budget
    budget.units, budget.nanos, budget.currency = amount.units, amount.nanos, amount.currency
    budget.approval_id, budget.updated_at, budget.updated_by = approval.id, tx.now, tx.by.subject
    budget.version += 1
    return BudgetChanged(
        series=budget.series,
        channel=budget.channel,
        campaign=budget.campaign,
        daily_budget=amount,
        approval_id=approval.id,
        sequence=budget.version,
        occurred_at=tx.now,
    )
