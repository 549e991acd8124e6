"""Room of the API keys, which this service owns: it makes, rotates and revokes them, and tells the other two."""

from services.customer_svc.access.api import router
from services.customer_svc.access.handlers import HANDLERS

__all__ = ["HANDLERS", "router"]
