"""The tables of the room: what stands of each key, and every report that said something else."""

from datetime import date, datetime, timedelta

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from services.campaign_svc.tables import Table
from shared.database.sql import table_of
from shared.database.tables import Bytewise, Json


class AdMetric(Table, table=True):
    """What stands of one key. `version` counts the reports that changed it: it is the `sequence` of its facts."""

    __tablename__ = "ad_metrics"
    __table_args__ = (
        Index("ix_ad_metrics_updated_at", "updated_at", "id"),
        Index("ix_ad_metrics_day", "day", "id"),
        Index("ix_ad_metrics_campaign", "channel", "campaign", "day"),
        Index("ix_ad_metrics_account", "account", "updated_at", "id"),
    )

    id: str = Field(primary_key=True, sa_type=Bytewise)
    version: int
    account: str | None
    channel: str = Field(sa_type=Bytewise)
    campaign: str = Field(sa_type=Bytewise)
    ad: str | None
    day: date
    dimensions: dict[str, str] = Field(sa_type=Json)
    impressions: int | None = Field(sa_type=BigInteger)
    clicks: int | None = Field(sa_type=BigInteger)
    currency: str | None
    spend_units: int | None = Field(sa_type=BigInteger)
    spend_nanos: int | None
    revenue_units: int | None = Field(sa_type=BigInteger)
    revenue_nanos: int | None
    conversions: dict[str, str] = Field(sa_type=Json)
    as_of: datetime
    digest: str
    created_at: datetime
    updated_at: datetime


class AdMetricRevision(Table, table=True):
    """One report. The id is a hash of metric, `as_of` and figures, so that the same one is never stored twice.

    `sequence` is the version that it became; null where something newer stood already.
    """

    __tablename__ = "ad_metric_revisions"
    __table_args__ = (Index("ix_ad_metric_revisions_metric_id", "metric_id", "as_of"), Index(None, "recorded_at"))

    id: str = Field(primary_key=True, sa_type=Bytewise)
    metric_id: str = Field(sa_type=Bytewise)
    sequence: int | None
    impressions: int | None = Field(sa_type=BigInteger)
    clicks: int | None = Field(sa_type=BigInteger)
    currency: str | None
    spend_units: int | None = Field(sa_type=BigInteger)
    spend_nanos: int | None
    revenue_units: int | None = Field(sa_type=BigInteger)
    revenue_nanos: int | None
    conversions: dict[str, str] = Field(sa_type=Json)
    as_of: datetime
    digest: str
    recorded_at: datetime
    recorded_by: str


metrics, revisions = table_of(AdMetric), table_of(AdMetricRevision)

KEPT = ((revisions.c.recorded_at, timedelta(days=400)),)
"""History, a year and a month of it. What stands, and the figures made of it, do not need it."""
