"""Room of the journeys: what should follow when, decided about every lead and alarm, recorded, and planned once."""

from services.campaign_svc.journeys.api import router
from services.campaign_svc.journeys.handlers import HANDLERS
from services.campaign_svc.journeys.standard import seed

SEEDS = [seed]

__all__ = ["HANDLERS", "SEEDS", "router", "seed"]
