"""What the API takes and shows of approvals and budgets."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from services.campaign_svc.ads.metrics import Channel
from services.campaign_svc.approvals.content import HASH, content_hash
from services.campaign_svc.approvals.models import Approval, Budget, State
from shared.contracts.analytics import SUGGESTED
from shared.money import Money
from shared.types import LINE, LINES, Utc

CONTENT: JsonDict = {
    "kind": "budget",
    **{name: value for name, value in SUGGESTED.items() if name != "suggestion_id"},
    "budget_before": None,
    "budget_version": 0,
    "proposed_by": "service:analytics",
}
HASHED = content_hash(CONTENT)
PROPOSAL: JsonDict = {
    "channel": "search",
    "campaign": "brand",
    "daily_budget": {"amount": "80.00", "currency": "EUR"},
    "reason": "The fair begins on Monday.",
}
APPROVAL: JsonDict = {
    "id": "apr_01k9q3v7w8e5rtx2m4n6p8q0sk",
    "kind": "budget",
    "state": "approved",
    "series": "search/brand",
    "daily_budget": {"amount": "96.40", "currency": "EUR"},
    "content": CONTENT,
    "content_hash": HASHED,
    "suggestion_id": "adv_01k9q3v7w8e5rtx2m4n6p8q0sm",
    "proposed_by": "service:analytics",
    "proposed_at": "2026-01-31T06:00:01Z",
    "expires_at": "2026-02-07T06:00:00Z",
    "decided_by": "user:ada",
    "decided_at": "2026-01-31T09:30:00Z",
    "note": "Agreed with the team.",
    "version": 2,
}
BUDGET: JsonDict = {
    "series": "search/brand",
    "channel": "search",
    "campaign": "brand",
    "daily_budget": {"amount": "96.40", "currency": "EUR"},
    "version": 1,
    "approval_id": "apr_01k9q3v7w8e5rtx2m4n6p8q0sk",
    "updated_at": "2026-01-31T09:30:00Z",
    "updated_by": "user:ada",
}


def _not_negative(amount: Money) -> Money:
    if amount.units < 0 or amount.nanos < 0:
        raise PydanticCustomError("negative_budget", "must not be below zero")
    return amount


class ProposalIn(BaseModel):
    """Another daily budget for an ad campaign, as an absolute amount. Somebody else has to say yes before `expires_at`,
    which is in seven days where it is not given.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [PROPOSAL]})

    channel: Channel
    campaign: Annotated[str, Field(min_length=1, max_length=200), LINE]
    daily_budget: Annotated[Money, AfterValidator(_not_negative)]
    reason: Annotated[str, Field(min_length=1), LINE]
    expires_at: Utc | None = None

    @property
    def series(self) -> str:
        return f"{self.channel}/{self.campaign}"


class VerdictIn(BaseModel):
    """`content_hash` is that of the approval as it was read: the word counts for that, and for nothing else."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"content_hash": HASHED, "note": "Agreed with the team."}]},
    )

    content_hash: Annotated[str, Field(pattern=HASH)]
    note: Annotated[str, Field(min_length=1), LINES] | None = None


class ApprovalOut(BaseModel):
    """`content` is what is decided on: the budget that is to be, the one that it replaces (null in `budget_version` 0,
    where none was set here), and why. `content_hash` is SHA-256 over it as JSON with sorted names and no blanks.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [APPROVAL]})

    id: str
    kind: str
    state: State
    series: str
    daily_budget: Money
    content: dict[str, Any]
    content_hash: str
    suggestion_id: str | None
    proposed_by: str
    proposed_at: Utc
    expires_at: Utc
    decided_by: str | None
    decided_at: Utc | None
    note: str | None
    version: int

    @classmethod
    def of(cls, approval: Approval, now: datetime) -> "ApprovalOut":
        """One whose time is over is shown as expired, also before it was ended."""
        shown = cls.model_validate(approval, from_attributes=True)
        over = shown.state == "waiting" and shown.expires_at <= now
        return shown.model_copy(update={"state": "expired"}) if over else shown


class BudgetOut(BaseModel):
    """The daily budget that the campaign is to have, and whose yes set it."""

    model_config = ConfigDict(json_schema_extra={"examples": [BUDGET]})

    series: str
    channel: str
    campaign: str
    daily_budget: Money
    version: int
    approval_id: str
    updated_at: Utc
    updated_by: str

    @classmethod
    def of(cls, budget: Budget) -> "BudgetOut":
        return cls.model_validate(budget, from_attributes=True)
