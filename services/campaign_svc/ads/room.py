"""The doors of the room."""

from services.campaign_svc.ads.api import router
from services.campaign_svc.ads.models import KEPT

__all__ = ["KEPT", "router"]
