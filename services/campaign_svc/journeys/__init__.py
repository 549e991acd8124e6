"""Room of the journeys: what should follow when, decided about every lead, recorded, and planned once."""

from services.campaign_svc.journeys.api import router
from services.campaign_svc.journeys.catalog import seed
from services.campaign_svc.journeys.handlers import HANDLERS

SEEDS = [seed]

__all__ = ["HANDLERS", "SEEDS", "router", "seed"]
