"""analytics_svc assembled: `uvicorn services.analytics_svc.main:app` starts it alone."""

from pathlib import Path

from services.analytics_svc import access, advice, anomalies, channels, industries, scoring
from services.analytics_svc.tables import tables
from shared.contracts.access import SCOPES_OF
from shared.contracts.analytics import AnalyticsKeyUsed
from shared.service import Service

service = Service(
    "analytics",
    about="What it means: scores, value, performance and advice.",
    tables=tables.metadata,
    rooms=[scoring, industries, channels, anomalies, advice, access],
    roles=SCOPES_OF,
    tags={
        "scoring": "The points that leads are scored by, in versions.",
        "scores": "What each lead scored, and why.",
        "industries": "Sums and means over companies.",
        "ad performance": "What ads gave, by channel, campaign, day or dimension.",
        "anomalies": "Days that their past did not let expect.",
        "advice": "Budgets that would buy more, and what changed.",
    },
    key_used=AnalyticsKeyUsed,
    versions=Path(__file__).parent / "migrations",
)
app = service.app()
