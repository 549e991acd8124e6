"""Approvals and budgets over HTTP: propose, look, say yes or no; and what each campaign is to spend in a day."""

from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import Response
from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select

from services.campaign_svc.approvals import deciding, proposals
from services.campaign_svc.approvals.models import Approval, Budget, State
from services.campaign_svc.approvals.shapes import ApprovalOut, BudgetOut, ProposalIn, VerdictIn
from shared.principal import Principal
from shared.types import Text
from shared.web import Db, IdempotencyKey, Order, Page, Paging, Router, allowed, errors, found_or_404, tagged

router = Router()

MayRead = Annotated[Principal, allowed("approvals:read")]
MayPropose = Annotated[Principal, allowed("approvals:write")]
MayDecide = Annotated[Principal, allowed("approvals:decide")]
MayReadBudgets = Annotated[Principal, allowed("budgets:read")]

BY_TIME = Order(
    {"proposed_at": col(Approval.proposed_at), "expires_at": col(Approval.expires_at)},
    default="-proposed_at",
    tie=col(Approval.id),
)
BY_SERIES = Order(
    {"series": col(Budget.series), "updated_at": col(Budget.updated_at)}, default="series", tie=col(Budget.series)
)


@router.get("/v1/approvals", tags=["approvals"])
async def list_approvals(
    db: Db,
    by: MayRead,
    asked: Annotated[Paging, BY_TIME.asked()],
    state: State | None = None,
    series: Text | None = None,
) -> Page[ApprovalOut]:
    """`series` is `<channel>/<campaign>`."""
    now = db.clock()
    query = select(Approval)
    if state is not None:
        query = query.where(_in_state(state, now))
    if series is not None:
        query = query.where(col(Approval.series) == series)
    return await db.read(asked.page, query, partial(ApprovalOut.of, now=now))


@router.post("/v1/approvals", status_code=201, tags=["approvals"])
async def propose_budget(
    wanted: ProposalIn, db: Db, by: MayPropose, once: IdempotencyKey, response: Response
) -> ApprovalOut:
    """Propose another daily budget. Whoever proposes it cannot approve it."""
    approval = await db.write(proposals.propose, wanted, by=by, lane=wanted.series, once=once)
    response.headers["Location"] = f"/v1/approvals/{approval.id}"
    return tagged(response, approval)


@router.get("/v1/approvals/{approval_id}", tags=["approvals"])
async def read_approval(approval_id: Text, db: Db, by: MayRead, response: Response) -> ApprovalOut:
    """What is proposed and why, by whom, and what was decided."""
    return tagged(response, await db.read(_approval, approval_id, db.clock()))


@router.post("/v1/approvals/{approval_id}/approve", tags=["approvals"], responses=errors(409))
async def approve(
    approval_id: Text, verdict: VerdictIn, db: Db, by: MayDecide, once: IdempotencyKey, response: Response
) -> ApprovalOut:
    """Say yes to what was seen: the budget is set in the same moment. Never by who proposed it."""
    return tagged(response, await db.write(deciding.approve, approval_id, verdict, by=by, lane=approval_id, once=once))


@router.post("/v1/approvals/{approval_id}/reject", tags=["approvals"], responses=errors(409))
async def reject(
    approval_id: Text, verdict: VerdictIn, db: Db, by: MayDecide, once: IdempotencyKey, response: Response
) -> ApprovalOut:
    """Say no to what was seen. Never by who proposed it."""
    return tagged(response, await db.write(deciding.reject, approval_id, verdict, by=by, lane=approval_id, once=once))


@router.get("/v1/budgets", tags=["budgets"])
async def list_budgets(
    db: Db, by: MayReadBudgets, asked: Annotated[Paging, BY_SERIES.asked()], series: Text | None = None
) -> Page[BudgetOut]:
    """The budgets that were set by a yes; `series` is `<channel>/<campaign>`."""
    query = select(Budget).where(col(Budget.version) > 0)
    if series is not None:
        query = query.where(col(Budget.series) == series)
    return await db.read(asked.page, query, BudgetOut.of)


def _approval(session: Session, approval_id: str, now: datetime) -> ApprovalOut:
    approval = found_or_404(session, Approval, approval_id, "approval")
    return ApprovalOut.of(approval, now)


def _in_state(state: State, now: datetime) -> ColumnElement[bool]:
    """As it is shown: what waits beyond its time is expired."""
    stored, over = col(Approval.state) == state, col(Approval.expires_at) <= now
    if state == "waiting":
        return and_(stored, ~over)
    return or_(stored, and_(col(Approval.state) == "waiting", over)) if state == "expired" else stored
