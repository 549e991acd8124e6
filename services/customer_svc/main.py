"""customer_svc assembled: `uvicorn services.customer_svc.main:app` starts it alone."""

from pathlib import Path

from services.customer_svc import companies, consent, contacts, imports, inbound, timeline
from services.customer_svc.tables import tables
from shared.contracts.access import SCOPES_OF
from shared.service import Service

service = Service(
    "customer",
    tables=tables.metadata,
    rooms=[contacts, consent, timeline, companies, imports, inbound],
    vault=True,
    roles=SCOPES_OF,
    versions=Path(__file__).parent / "migrations",
)
app = service.app()
