"""Room of what is unusual: a day of a campaign that its past did not let expect, said with the range that was."""

from services.analytics_svc.anomalies.api import router
from services.analytics_svc.anomalies.handlers import HANDLERS

__all__ = ["HANDLERS", "router"]
