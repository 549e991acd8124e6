"""The room `imports`: ad metrics in, from CSV files. How is in `shared.imports`, what they are in `ad_metrics`."""

from services.campaign_svc.imports import models
from services.campaign_svc.imports.ad_metrics import AD_METRICS
from shared.imports import import_effects, imports_router

KINDS = [AD_METRICS]

router = imports_router(KINDS)
effects = import_effects(KINDS)

__all__ = ["KINDS", "effects", "models", "router"]
