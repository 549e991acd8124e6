"""The doors of the room."""

from services.customer_svc.consent.api import router

__all__ = ["router"]
