"""The room `timeline`: everything that happened to, by or about a person, each entry with its cause."""

from services.customer_svc.timeline.api import router
from services.customer_svc.timeline.handlers import HANDLERS

__all__ = ["HANDLERS", "router"]
