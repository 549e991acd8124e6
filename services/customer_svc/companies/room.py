"""The doors of the room."""

from services.customer_svc.companies.api import router

__all__ = ["router"]
