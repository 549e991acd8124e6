"""Room of the approvals: what a person must say yes to before it is done, and the budgets that a yes sets."""

from services.campaign_svc.approvals.api import router
from services.campaign_svc.approvals.expiry import effects
from services.campaign_svc.approvals.handlers import HANDLERS

__all__ = ["HANDLERS", "effects", "router"]
