"""Room of the scores: who a lead is and what they did, in points that a person can read and change."""

from services.analytics_svc.scoring.api import router
from services.analytics_svc.scoring.handlers import HANDLERS
from services.analytics_svc.scoring.ledger import seed

SEEDS = [seed]

__all__ = ["HANDLERS", "SEEDS", "router"]
