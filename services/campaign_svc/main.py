"""campaign_svc assembled: `uvicorn services.campaign_svc.main:app` starts it alone."""

from pathlib import Path

from services.campaign_svc import (
    ads,
    approvals,
    connectors,
    delivery,
    imports,
    inbound,
    journeys,
    tasks,
    templates,
    webhooks,
)
from services.campaign_svc.tables import tables
from shared.contracts.access import SCOPES_OF
from shared.service import Service

service = Service(
    "campaign",
    tables=tables.metadata,
    rooms=[templates, journeys, delivery, tasks, webhooks, approvals, ads, connectors, imports, inbound],
    mail=True,
    calls={"customer": ["recipients:read"]},
    roles=SCOPES_OF,
    versions=Path(__file__).parent / "migrations",
)
app = service.app()
