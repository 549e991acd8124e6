"""What people are to do: planned by journeys or by hand, claimed by one, done with an outcome."""

from services.campaign_svc.tasks.api import router

__all__ = ["router"]
