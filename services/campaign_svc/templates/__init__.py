"""Room of the texts that are sent: Liquid as data, checked when saved, in versions."""

from services.campaign_svc.templates.api import router
from services.campaign_svc.templates.library import seed

SEEDS = [seed]

__all__ = ["SEEDS", "router"]
