"""The yes or no of a person: bound to what was seen, never of who proposed it, and of several who decide one wins."""

from sqlmodel import col, select

from services.campaign_svc.approvals import budgets, refusals
from services.campaign_svc.approvals.models import Approval, Budget, Outcome
from services.campaign_svc.approvals.shapes import ApprovalOut, VerdictIn
from shared.access.apikeys import holders_of
from shared.contracts.campaign import ApprovalDecided
from shared.database import Tx
from shared.problems import not_found


def approve(tx: Tx, approval_id: str, verdict: VerdictIn) -> ApprovalOut:
    """Sets the budget. Raises Problem 404, 403 for its author or a service, 409 where it no longer stands as seen."""
    approval, budget = _open(tx, approval_id, verdict)
    if approval.budget_version != budget.version:
        raise refusals.stale(approval.budget_version, budget.version)
    close(tx, approval, "approved", note=verdict.note, by=tx.by.subject)
    tx.emit(budgets.set_by(tx, budget, approval).model_copy(update=_led_to(approval)))
    tx.session.flush()
    return ApprovalOut.of(approval, tx.now)


def reject(tx: Tx, approval_id: str, verdict: VerdictIn) -> ApprovalOut:
    """Raises Problem as `approve`; one that the budget has overtaken can still be rejected."""
    approval, _ = _open(tx, approval_id, verdict)
    close(tx, approval, "rejected", note=verdict.note, by=tx.by.subject)
    tx.session.flush()
    return ApprovalOut.of(approval, tx.now)


def expire(tx: Tx, approval_id: str) -> None:
    """Nobody decided in time. What was decided meanwhile stays as it is."""
    approval, _ = _locked(tx, approval_id)
    if approval.state == "waiting":
        close(tx, approval, "expired")
        tx.session.flush()


def close(tx: Tx, approval: Approval, outcome: Outcome, *, note: str | None = None, by: str | None = None) -> None:
    """The end of an approval, on the record and as a fact. The caller holds the lock of its budget."""
    approval.state, approval.note = outcome, note
    approval.decided_by, approval.decided_at = by, tx.now
    approval.version += 1
    fact = ApprovalDecided(
        approval_id=approval.id,
        kind="budget",
        outcome=outcome,
        content_hash=approval.content_hash,
        proposed_by=approval.proposed_by,
        decided_by=by,
        suggestion_id=approval.suggestion_id,
        sequence=approval.version,
        occurred_at=tx.now,
    )
    tx.emit(fact.model_copy(update=_led_to(approval)))


def _open(tx: Tx, approval_id: str, verdict: VerdictIn) -> tuple[Approval, Budget]:
    approval, budget = _locked(tx, approval_id)
    if not tx.by.subject.startswith("user:"):
        raise refusals.not_a_person()
    if tx.by.subject in {approval.proposed_by, *holders_of(tx.session, approval.proposed_by)}:
        raise refusals.own_proposal()
    if approval.state != "waiting":
        raise refusals.already_decided(approval.state, approval.decided_by)
    if approval.expires_at <= tx.now:
        raise refusals.expired(approval.expires_at)
    if verdict.content_hash != approval.content_hash:
        raise refusals.other_content()
    return approval, budget


def _locked(tx: Tx, approval_id: str) -> tuple[Approval, Budget]:
    """The budget is locked first, as by whoever proposes; the approval is read when nobody else can change it."""
    series = tx.session.exec(select(Approval.series).where(col(Approval.id) == approval_id)).first()
    if series is None:
        raise not_found("approval")
    budget = budgets.locked_one(tx, series)
    query = select(Approval).where(col(Approval.id) == approval_id).with_for_update()
    return tx.session.exec(query.execution_options(populate_existing=True)).one(), budget


def _led_to(approval: Approval) -> dict[str, str | int | None]:
    return {"cause": approval.event_id, "depth": approval.depth}
