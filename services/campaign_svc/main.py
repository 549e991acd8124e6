"""campaign_svc assembled: `uvicorn services.campaign_svc.main:app` starts it alone."""

from pathlib import Path

from services.campaign_svc import (
    access,
    approvals,
    connectors,
    delivery,
    inbound,
    journeys,
    tasks,
    templates,
    webhooks,
)
from services.campaign_svc.ads import room as ads
from services.campaign_svc.imports import room as imports
from services.campaign_svc.tables import tables
from shared.contracts.access import SCOPES_OF
from shared.contracts.campaign import CampaignKeyUsed
from shared.service import Service

service = Service(
    "campaign",
    about="Acts: journeys, decisions, templates, tasks and every message sent.",
    tables=tables.metadata,
    rooms=[templates, journeys, delivery, tasks, webhooks, approvals, ads, connectors, imports, inbound, access],
    mail=True,
    calls={"customer": ["recipients:read"]},
    roles=SCOPES_OF,
    tags={
        "templates": "The texts that are sent, in versions.",
        "journeys": "What should follow when: trigger, condition, actions.",
        "decisions": "What was decided about whom, with each condition and what it found.",
        "actions": "What was planned, sent, withheld or done, each once.",
        "tasks": "What people are to do.",
        "webhooks": "Other systems that are told, and what became of each message.",
        "approvals": "What waits for a person's yes.",
        "budgets": "What each ad campaign may spend in a day.",
        "ad metrics": "What ad networks report, as revisions.",
        "connectors": "Ad networks that are asked for their figures on a schedule.",
        "imports": "Files of rows, taken in as jobs that can be followed.",
    },
    key_used=CampaignKeyUsed,
    versions=Path(__file__).parent / "migrations",
)
app = service.app()
