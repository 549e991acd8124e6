"""Room of the API keys: this service keeps what customer_svc says of them, so that it can tell who asks."""

from services.analytics_svc.access.handlers import HANDLERS
from shared.web import Router

router = Router()

__all__ = ["HANDLERS", "router"]
