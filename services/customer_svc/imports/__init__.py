"""The room `imports`: companies in, from CSV files. How is in `shared.imports`, what they are in `companies`."""

from services.customer_svc.imports import models
from services.customer_svc.imports.companies import COMPANIES
from shared.imports import import_effects, imports_router

KINDS = [COMPANIES]

router = imports_router(KINDS)
effects = import_effects(KINDS)

__all__ = ["KINDS", "effects", "models", "router"]
