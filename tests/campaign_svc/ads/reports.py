"""Made-up reports of ad networks, as they are sent."""

from typing import Any

Row = dict[str, Any]


def report(**changes: Any) -> Row:
    """One ad on one day."""
    usual: Row = {
        "channel": "search",
        "campaign": "brand",
        "day": "2026-01-30",
        "impressions": 1000,
        "clicks": 10,
        "spend": {"amount": "12.50", "currency": "EUR"},
        "as_of": "2026-01-31T06:00:00Z",
    }
    return usual | changes


def at(hour: int, **changes: Any) -> Row:
    """As the network saw it at this hour."""
    return report(as_of=f"2026-02-01T{hour:02}:00:00Z", **changes)
