"""A metric as the API answers it, with its history, and what became of the rows of a batch."""

from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.campaign_svc.ads.metrics import EXAMPLE, Number
from services.campaign_svc.ads.models import AdMetric, AdMetricRevision
from services.campaign_svc.ads.revising import Outcome
from shared.money import Money
from shared.types import Utc
from shared.web import ProblemOut

METRIC_ID = "met_7n42dgm5tfpk95h2v3jq8c0rye"
FIGURES: dict[str, Any] = {name: EXAMPLE[name] for name in ("impressions", "clicks", "spend", "conversions", "revenue")}
STORED: dict[str, Any] = FIGURES | {"conversions": {"lead": "2", "sale": "1"}, "as_of": EXAMPLE["as_of"]}


class _Figures(BaseModel):
    """A measure that is null was not reported, which is not zero."""

    impressions: int | None
    clicks: int | None
    spend: Money | None
    conversions: dict[str, Number]
    revenue: Money | None
    as_of: Utc


class RevisionOut(_Figures):
    """One report. `sequence` is the version that it became; null where something newer stood already."""

    model_config = ConfigDict(
        title="AdMetricRevision",
        json_schema_extra={
            "examples": [
                STORED | {"sequence": 1, "recorded_at": "2026-01-31T06:00:02Z", "recorded_by": "service:network"}
            ]
        },
    )

    sequence: int | None
    recorded_at: Utc
    recorded_by: str

    @classmethod
    def of(cls, stored: AdMetricRevision) -> "RevisionOut":
        told = {name: getattr(stored, name) for name in ("sequence", "recorded_at", "recorded_by")}
        return cls(**told, **_figures(stored))


class MetricOut(_Figures):
    """What stands of one key."""

    model_config = ConfigDict(
        title="AdMetric",
        json_schema_extra={
            "examples": [
                EXAMPLE
                | STORED
                | {
                    "id": METRIC_ID,
                    "version": 1,
                    "created_at": "2026-01-31T06:00:02Z",
                    "updated_at": "2026-01-31T06:00:02Z",
                }
            ]
        },
    )

    id: str
    version: int = Field(description="How many reports changed what stands.")
    account: str | None
    channel: str
    campaign: str
    ad: str | None
    day: date
    dimensions: dict[str, str]
    created_at: Utc
    updated_at: Utc

    @classmethod
    def of(cls, stored: AdMetric) -> "MetricOut":
        return cls(**_plain(stored), **_figures(stored))


class MetricWithRevisions(MetricOut):
    """What stands of one key, and the reports about it, the newest `as_of` first, at most 1,000."""

    revisions: list[RevisionOut]

    @classmethod
    def told(cls, stored: AdMetric, revisions: list[AdMetricRevision]) -> "MetricWithRevisions":
        return cls(**_plain(stored), **_figures(stored), revisions=[RevisionOut.of(one) for one in revisions])


class ReportedOut(BaseModel):
    """Under which id the key is kept, and what became of the report."""

    model_config = ConfigDict(title="ReportedAdMetric", from_attributes=True)

    metric_id: str = Field(examples=[METRIC_ID])
    outcome: Outcome = Field(
        description="`new`: the first of its key; `revised`: it changed what stands; `kept`: in the history, as "
        "something newer stands; `same`: nothing that was not known.",
        examples=["new"],
    )


class MetricResult(BaseModel):
    """What became of one row: 201 new, 200 known key, else the problem that a single request would have met."""

    index: int = Field(examples=[0])
    status: int = Field(examples=[201])
    metric_id: str | None = Field(None, examples=[METRIC_ID])
    outcome: Outcome | None = Field(None, examples=["new"])
    problem: ProblemOut | None = None


class MetricResults(BaseModel):
    results: list[MetricResult] = Field(description="One for each row, in the order they were sent.")


def _plain(stored: AdMetric) -> dict[str, Any]:
    names = MetricOut.model_fields.keys() - _Figures.model_fields.keys()
    return {name: getattr(stored, name) for name in names}


def _figures(stored: AdMetric | AdMetricRevision) -> dict[str, Any]:
    return {
        "impressions": stored.impressions,
        "clicks": stored.clicks,
        "spend": _money(stored.spend_units, stored.spend_nanos, stored.currency),
        "conversions": {kind: Decimal(number) for kind, number in stored.conversions.items()},
        "revenue": _money(stored.revenue_units, stored.revenue_nanos, stored.currency),
        "as_of": stored.as_of,
    }


def _money(units: int | None, nanos: int | None, currency: str | None) -> Money | None:
    return None if units is None or currency is None else Money(units, nanos or 0, currency)
