"""Made-up alarms and changes of channels, as analytics_svc states them."""

from datetime import timedelta
from typing import Any

from shared.contracts.analytics import AnomalyDetected, ChannelPerformanceChanged
from tests.campaign_svc.journeys.leads import TRACE_ID, WHEN

ENVELOPE: dict[str, Any] = {"depth": 2, "traceparent": f"00-{TRACE_ID}-00f067aa0ba902b7-01"}


def alarm(campaign: str = "brand", number: int = 1, revision: int = 1, **facts: Any) -> AnomalyDetected:
    """The `revision`th word about the `number`th alarm of a campaign."""
    usual: dict[str, Any] = {
        "measure": "spend",
        "currency": "EUR",
        "day": "2026-01-30",
        "actual": "410.25",
        "expected": "120.50",
        "low": "80.10",
        "high": "160.90",
        "direction": "up",
        "reason": "spend of 410.25 EUR on a Friday; 80.10 to 160.90 was expected",
        "as_of": WHEN,
    }
    return AnomalyDetected(
        anomaly_id=f"ano_{campaign}_{number}",
        series=f"search/{campaign}",
        channel="search",
        campaign=campaign,
        sequence=revision,
        occurred_at=WHEN + timedelta(days=number, minutes=revision),
        **(usual | ENVELOPE | facts),
    )


def changed(channel: str = "search", number: int = 1, revision: int = 1, **facts: Any) -> ChannelPerformanceChanged:
    usual: dict[str, Any] = {
        "currency": "EUR",
        "day": "2026-01-30",
        "measure": "cpa",
        "before": "10.20",
        "after": "15.30",
        "change": "0.5",
        "direction": "worse",
        "reason": "a conversion cost 15.30 EUR in the last 7 days, 10.20 in the 28 days before",
        "as_of": WHEN,
    }
    return ChannelPerformanceChanged(
        change_id=f"chg_{channel}_{number}",
        channel=channel,
        sequence=revision,
        occurred_at=WHEN + timedelta(days=number, minutes=revision),
        **(usual | ENVELOPE | facts),
    )
