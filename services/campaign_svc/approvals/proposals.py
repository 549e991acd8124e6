"""What is proposed, by a person or by the advice of analytics: it waits until somebody decides, or its time is over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.campaign_svc.approvals import budgets
from services.campaign_svc.approvals.content import content_hash
from services.campaign_svc.approvals.models import Approval, Budget
from services.campaign_svc.approvals.shapes import ApprovalOut, ProposalIn
from shared.contracts.analytics import BudgetSuggested
from shared.database import Tx
from shared.decimals import plain
from shared.ids import new_id
from shared.money import Money
from shared.problems import invalid_field
from shared.types import zulu

EXPIRY = "approval.expire"
USUALLY, AT_MOST = timedelta(days=7), timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A daily budget for the campaign, with the reasons for it. `shown` is what else a person is to see."""

    daily_budget: Money
    by: str
    reason: str
    expires_at: datetime
    shown: Mapping[str, Any]
    suggestion: BudgetSuggested | None = None


def propose(tx: Tx, wanted: ProposalIn) -> ApprovalOut:
    """Raises Problem 422 for an end that is past, or too far away."""
    expires_at = wanted.expires_at or tx.now + USUALLY
    if not tx.now < expires_at <= tx.now + AT_MOST:
        raise invalid_field("/expires_at", "out_of_range", f"Must be in the future, {AT_MOST.days} days away at most.")
    budget = budgets.locked(tx, {wanted.series: (wanted.channel, wanted.campaign)})[wanted.series]
    proposal = Proposal(wanted.daily_budget, tx.by.subject, wanted.reason, expires_at, {})
    return ApprovalOut.of(waiting(tx, budget, proposal), tx.now)


def suggested(suggestion: BudgetSuggested) -> Proposal:
    """What analytics advises, as a proposal: the figures behind it are part of what is approved."""
    current = suggestion.current_daily_spend
    return Proposal(
        suggestion.daily_budget,
        f"service:{suggestion.owner()}",
        suggestion.reason,
        suggestion.expires_at,
        {
            "current_daily_spend": {"amount": current.amount, "currency": current.currency},
            "based_on": {name: plain(figure) for name, figure in suggestion.based_on.items()},
            "as_of": zulu(suggestion.as_of),
        },
        suggestion,
    )


def waiting(tx: Tx, budget: Budget, proposal: Proposal) -> Approval:
    """The approval, stored, with its end planned. The budget is locked."""
    told, amount = proposal.suggestion, proposal.daily_budget
    content = _content(budget, proposal)
    approval = Approval(
        id=new_id("apr"),
        kind="budget",
        series=budget.series,
        units=amount.units,
        nanos=amount.nanos,
        currency=amount.currency,
        budget_version=budget.version,
        content=content,
        content_hash=content_hash(content),
        suggestion_id=told.suggestion_id if told else None,
        suggested_as_of=told.as_of if told else None,
        proposed_by=proposal.by,
        proposed_at=tx.now,
        expires_at=proposal.expires_at,
        event_id=told.id if told else None,
        depth=told.depth + 1 if told else 0,
    )
    tx.session.add(approval)
    tx.session.flush()
    tx.later(EXPIRY, key=approval.id, at=approval.expires_at, cause=told)
    return approval


def _content(budget: Budget, proposal: Proposal) -> dict[str, Any]:
    amount, before = proposal.daily_budget, budget.daily_budget
    return {
        "kind": "budget",
        "series": budget.series,
        "channel": budget.channel,
        "campaign": budget.campaign,
        "daily_budget": {"amount": amount.amount, "currency": amount.currency},
        "budget_before": {"amount": before.amount, "currency": before.currency} if before else None,
        "budget_version": budget.version,
        "reason": proposal.reason,
        "proposed_by": proposal.by,
        "expires_at": zulu(proposal.expires_at),
        **proposal.shown,
    }
