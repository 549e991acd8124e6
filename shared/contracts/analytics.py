"""What analytics_svc states: what the facts mean."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel

from shared.decimals import PlainDecimal
from shared.events import Event
from shared.money import Money
from shared.types import Utc

Grade = Literal["A", "B", "C"]


class Contribution(BaseModel):
    """What one reason adds to a score, or takes from it."""

    reason: str
    points: int
    part: Literal["fit", "engagement"]


class LeadScored(Event, type="lead.scored", topic="analytics-scores", key="contact_id"):
    """A lead was scored: once for each observation. `score` = `fit` + `engagement` = the sum of the contributions.

    Carries what rules need, as this fact may overtake `lead.captured`.
    """

    contact_id: str
    observation_id: str
    score: int
    fit: int
    engagement: int
    grade: Grade
    points_version: int
    contributions: list[Contribution] = []
    source: str
    created: bool = False
    stage: str = "lead"
    observations: int = 1
    has_email: bool = False
    has_phone: bool = False
    has_company: bool = False
    industry: str | None = None
    job_title: str | None = None
    country: str | None = None
    language: str | None = None
    time_zone: str | None = None
    utm: dict[str, str] = {}
    attributes: dict[str, str | int | float | bool | None] = {}
    consent: list[str] = []

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "contact_id": "con_01k9q3v7w8e5rtx2m4n6p8q0sa",
                    "observation_id": "obs_01k9q3v7w8e5rtx2m4n6p8q0sb",
                    "score": 75,
                    "fit": 60,
                    "engagement": 15,
                    "grade": "A",
                    "points_version": 1,
                    "contributions": [
                        {"reason": "works in software", "points": 60, "part": "fit"},
                        {"reason": "came by the website", "points": 15, "part": "engagement"},
                    ],
                    "source": "website",
                    "industry": "software",
                    "country": "DE",
                }
            ]
        }
    }


Measure = Literal["impressions", "clicks", "spend", "conversions", "revenue", "ctr", "cpc", "cpm", "cpa", "roas"]


class AnomalyDetected(Event, type="anomaly.detected", topic="analytics-anomalies", key="series", subject="anomaly_id"):
    """A day of a campaign lies outside of what its past let expect. `low` to `high` was expected, `actual` came.

    `standing` is false where a later revision of the figures took the alarm back.
    """

    anomaly_id: str
    series: str
    channel: str
    campaign: str
    measure: Measure
    currency: str | None = None
    day: date
    actual: PlainDecimal
    expected: PlainDecimal
    low: PlainDecimal
    high: PlainDecimal
    direction: Literal["up", "down"]
    severity: Literal["notice", "alarm"] = "alarm"
    reason: str
    standing: bool = True
    as_of: Utc

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "anomaly_id": "ano_01k9q3v7w8e5rtx2m4n6p8q0sn",
                    "series": "search/brand",
                    "channel": "search",
                    "campaign": "brand",
                    "measure": "spend",
                    "currency": "EUR",
                    "day": "2026-01-30",
                    "actual": "410.00",
                    "expected": "120.50",
                    "low": "80.10",
                    "high": "160.90",
                    "direction": "up",
                    "severity": "alarm",
                    "reason": "spend of 410.00 EUR on a Friday; 80.10 to 160.90 was expected from 28 days before",
                    "as_of": "2026-01-31T06:00:00Z",
                }
            ]
        }
    }


class ChannelPerformanceChanged(
    Event, type="channel.performance_changed", topic="analytics-channels", key="channel", subject="change_id"
):
    """What one channel gave in the newest week, beside the four weeks before it. A ratio whose divisor is zero or
    unknown is null.
    """

    change_id: str
    channel: str
    currency: str | None = None
    day: date
    measure: Measure
    before: PlainDecimal
    after: PlainDecimal
    change: PlainDecimal
    """(after - before) / before."""
    direction: Literal["better", "worse"]
    impressions: int | None = None
    clicks: int | None = None
    reason: str
    as_of: Utc

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "change_id": "chg_01k9q3v7w8e5rtx2m4n6p8q0sp",
                    "channel": "search",
                    "currency": "EUR",
                    "day": "2026-01-30",
                    "measure": "cpa",
                    "before": "10.20",
                    "after": "15.30",
                    "change": "0.5",
                    "direction": "worse",
                    "impressions": 120000,
                    "clicks": 1400,
                    "reason": "a conversion cost 15.30 EUR in the last 7 days, 10.20 in the 28 days before",
                    "as_of": "2026-01-31T06:00:00Z",
                }
            ]
        }
    }


SUGGESTED: dict[str, Any] = {
    "suggestion_id": "adv_01k9q3v7w8e5rtx2m4n6p8q0sm",
    "series": "search/brand",
    "channel": "search",
    "campaign": "brand",
    "current_daily_spend": {"amount": "120.50", "currency": "EUR"},
    "daily_budget": {"amount": "96.40", "currency": "EUR"},
    "reason": "a conversion costs 15.30 EUR here and 9.80 EUR over all campaigns, from 220 conversions for 3366.00 EUR "
    "in 28 days; 96.40 a day instead of 120.50",
    "based_on": {
        "spend_28d": "3366",
        "conversions_28d": "220",
        "conversions_expected_28d": "343.4694",
        "cpa_all_28d": "9.8",
        "cpa_28d": "15.3",
    },
    "as_of": "2026-01-31T06:00:00Z",
    "expires_at": "2026-02-07T06:00:00Z",
}
"""The one suggestion that all documents tell of: as a fact, as advice, and as what is to be approved."""


class BudgetSuggested(Event, type="budget.suggested", topic="analytics-advice", key="series", subject="suggestion_id"):
    """Advice for one campaign: another daily budget, absolute, with what it is based on. A person decides."""

    suggestion_id: str
    series: str
    channel: str
    campaign: str
    current_daily_spend: Money
    daily_budget: Money
    reason: str
    based_on: dict[str, PlainDecimal] = {}
    """The figures behind it by name, such as `cpa_28d` and `cpa_all_28d`."""
    as_of: Utc
    expires_at: Utc

    model_config = {"json_schema_extra": {"examples": [SUGGESTED]}}


class AnalyticsKeyUsed(Event, type="analytics_key.used", topic="analytics-api-keys", key="key_id"):
    """An API key was used here: told at most once an hour for each key, to who owns the keys."""

    key_id: str

    model_config = {"json_schema_extra": {"examples": [{"key_id": "key_01k9q3v7w8e5rtx2m4n6p8q0sk"}]}}
