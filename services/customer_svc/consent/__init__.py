"""The room `consent`: what a person allows, as a ledger, and who may therefore be written to."""

from services.customer_svc.consent.api import router

__all__ = ["router"]
