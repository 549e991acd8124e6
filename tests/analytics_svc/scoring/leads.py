"""Made-up leads, as customer_svc states them."""

from datetime import UTC, datetime
from typing import Any

from shared.contracts.customer import LeadCaptured

WHEN = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def captured(contact: str = "con_ada", number: int = 1, **facts: Any) -> LeadCaptured:
    """The `number`th observation of a contact, which by then came that often from the website."""
    usual: dict[str, Any] = {
        "source": "website",
        "created": number == 1,
        "observations": number,
        "observation_sources": {"website": number},
        "traceparent": TRACE,
    }
    return LeadCaptured(
        contact_id=contact,
        observation_id=f"obs_{contact}_{number}",
        sequence=number,
        occurred_at=WHEN,
        **(usual | facts),
    )


A: dict[str, Any] = {
    "has_email": True,
    "has_phone": True,
    "has_company": True,
    "job_title": "CTO",
    "industry": "software",
    "consent": ["marketing:email"],
}
B: dict[str, Any] = {"has_email": True, "has_company": True, "industry": "insurance"}
C: dict[str, Any] = {"has_email": True}
