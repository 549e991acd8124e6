"""The doors of the room."""

from typing import Any

from services.customer_svc.imports import models
from services.customer_svc.imports.companies import COMPANIES
from services.customer_svc.imports.leads import LEADS
from shared.imports.room import Kind, import_effects, imports_router

KINDS: list[Kind[Any]] = [COMPANIES, LEADS]

router = imports_router(KINDS)
effects = import_effects(KINDS)

__all__ = ["KINDS", "effects", "models", "router"]
