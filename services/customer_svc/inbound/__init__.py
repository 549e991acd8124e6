"""The room `inbound`: leads that other systems send over the bus, taken in as those over HTTP are."""

from services.customer_svc.inbound.leads import INTAKES
from shared.web import Router

router = Router()

__all__ = ["INTAKES", "router"]
