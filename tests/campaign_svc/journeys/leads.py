"""Made-up scored leads, as analytics_svc states them."""

from datetime import UTC, datetime
from typing import Any

from shared.contracts.analytics import LeadScored

WHEN = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


def scored(contact: str = "con_ada", number: int = 1, grade: str = "A", **facts: Any) -> LeadScored:
    """The score after the `number`th observation of a contact."""
    usual: dict[str, Any] = {
        "score": {"A": 85, "B": 45, "C": 15}[grade],
        "fit": 10,
        "engagement": 5,
        "grade": grade,
        "points_version": 1,
        "source": "website",
        "created": number == 1,
        "observations": number,
        "has_email": True,
        "country": "DE",
        "consent": ["marketing:email"],
        "depth": 1,
        "traceparent": f"00-{TRACE_ID}-00f067aa0ba902b7-01",
    }
    return LeadScored(
        contact_id=contact,
        observation_id=f"obs_{contact}_{number}",
        sequence=number,
        occurred_at=WHEN,
        **(usual | facts),
    )
