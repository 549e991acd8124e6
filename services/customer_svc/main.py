"""customer_svc assembled: `uvicorn services.customer_svc.main:app` starts it alone."""

from pathlib import Path

from services.customer_svc import access, inbound, timeline
from services.customer_svc.companies import room as companies
from services.customer_svc.consent import room as consent
from services.customer_svc.contacts import room as contacts
from services.customer_svc.imports import room as imports
from services.customer_svc.tables import tables
from shared.contracts.access import SCOPES_OF
from shared.service import Service

service = Service(
    "customer",
    about="Who: leads, contacts, companies, their consent and their history.",
    tables=tables.metadata,
    rooms=[contacts, consent, timeline, companies, imports, inbound, access],
    vault=True,
    roles=SCOPES_OF,
    tags={
        "leads": "Where people come in, one by one or many at once.",
        "contacts": "Persons: each once, with one id for life.",
        "consent": "What a person allows, and who may therefore be written to.",
        "timeline": "What happened to, by or about a person, each entry with its cause.",
        "companies": "Companies: each once, as it was told last.",
        "imports": "Files of rows, taken in as jobs that can be followed.",
        "api keys": "Secrets for programs, good at all three services.",
    },
    versions=Path(__file__).parent / "migrations",
)
app = service.app()
