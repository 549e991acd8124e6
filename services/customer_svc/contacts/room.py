"""The doors of the room."""

from services.customer_svc.contacts.api import router
from services.customer_svc.contacts.handlers import HANDLERS
from services.customer_svc.contacts.vaulted import loops

__all__ = ["HANDLERS", "loops", "router"]
