"""Room of advice: how channels perform beside how they did, and which budgets would buy more."""

from services.analytics_svc.advice.api import router
from services.analytics_svc.advice.handlers import HANDLERS

__all__ = ["HANDLERS", "router"]
