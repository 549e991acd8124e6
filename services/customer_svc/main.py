"""customer_svc assembled: `uvicorn services.customer_svc.main:app` starts it alone."""

from pathlib import Path

from services.customer_svc import consent, contacts, timeline
from services.customer_svc.tables import tables
from shared.service import Service

service = Service(
    "customer",
    tables=tables.metadata,
    rooms=[contacts, consent, timeline],
    vault=True,
    versions=Path(__file__).parent / "migrations",
)
app = service.app()
