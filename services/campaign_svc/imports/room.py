"""The doors of the room."""

from services.campaign_svc.imports import models
from services.campaign_svc.imports.ad_metrics import AD_METRICS
from shared.imports.room import import_effects, imports_router

KINDS = [AD_METRICS]

router = imports_router(KINDS)
effects = import_effects(KINDS)

__all__ = ["KINDS", "effects", "models", "router"]
