"""The room `inbound`: ad metrics that other systems send over the bus, taken in as those over HTTP are."""

from services.campaign_svc.inbound.metrics import INTAKES
from shared.web import Router

router = Router()

__all__ = ["INTAKES", "router"]
