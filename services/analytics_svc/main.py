"""analytics_svc assembled: `uvicorn services.analytics_svc.main:app` starts it alone."""

from pathlib import Path

from services.analytics_svc import advice, anomalies, channels, industries, scoring
from services.analytics_svc.tables import tables
from shared.contracts.access import SCOPES_OF
from shared.service import Service

service = Service(
    "analytics",
    tables=tables.metadata,
    rooms=[scoring, industries, channels, anomalies, advice],
    roles=SCOPES_OF,
    versions=Path(__file__).parent / "migrations",
)
app = service.app()
