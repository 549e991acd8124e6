"""The tables of the room: the last figures of each metric, and their sums, from one channel down to one cell.

Sums and counts are of what was reported: a measure with a count of 0 is unknown, which is not zero. Money is per
currency, and `""` stands for none. A row with a `kind` holds the conversions of that kind; one without holds all else.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from services.analytics_svc.tables import Table
from shared.database.sql import table_of
from shared.database.tables import Bytewise, Json


class MetricFigures(Table, table=True):
    """What stands of one metric, by its newest fact."""

    __tablename__ = "metric_figures"
    metric_id: str = Field(primary_key=True, sa_type=Bytewise)
    sequence: int = Field(sa_type=BigInteger)
    channel: str = Field(sa_type=Bytewise)
    campaign: str = Field(sa_type=Bytewise)
    account: str = Field(sa_type=Bytewise)
    ad: str = Field(sa_type=Bytewise)
    day: date
    dimensions_id: str = Field(sa_type=Bytewise)
    currency: str = Field(sa_type=Bytewise)
    impressions: int | None = Field(sa_type=BigInteger)
    clicks: int | None = Field(sa_type=BigInteger)
    spend_units: int | None = Field(sa_type=BigInteger)
    spend_nanos: int | None = Field(sa_type=BigInteger)
    revenue_units: int | None = Field(sa_type=BigInteger)
    revenue_nanos: int | None = Field(sa_type=BigInteger)
    conversions: dict[str, str] = Field(sa_type=Json)
    as_of: datetime


class DimensionSet(Table, table=True):
    """One set of dimensions, such as age 30-34 and gender M, stored once. The id is a hash of it."""

    __tablename__ = "dimension_sets"

    id: str = Field(primary_key=True, sa_type=Bytewise)
    dimensions: dict[str, str] = Field(sa_type=Json)


class DimensionName(Table, table=True):
    """Every name that a dimension ever had: what figures can be grouped by."""

    __tablename__ = "dimension_names"

    name: str = Field(primary_key=True, sa_type=Bytewise)


class Sums(SQLModel):
    """What every roll-up adds up. `metrics` is how many metrics are in it."""

    metrics: int = Field(sa_type=BigInteger)
    impressions: int = Field(sa_type=BigInteger)
    impressions_n: int = Field(sa_type=BigInteger)
    clicks: int = Field(sa_type=BigInteger)
    clicks_n: int = Field(sa_type=BigInteger)
    spend_units: int = Field(sa_type=BigInteger)
    spend_nanos: int = Field(sa_type=BigInteger)
    spend_n: int = Field(sa_type=BigInteger)
    revenue_units: int = Field(sa_type=BigInteger)
    revenue_nanos: int = Field(sa_type=BigInteger)
    revenue_n: int = Field(sa_type=BigInteger)
    conversions_units: int = Field(sa_type=BigInteger)
    conversions_nanos: int = Field(sa_type=BigInteger)
    conversions_n: int = Field(sa_type=BigInteger)
    as_of: datetime


class ChannelFigures(Sums, Table, table=True):
    """All of a channel, in one currency: read whatever was ever reported in a few rows."""

    __tablename__ = "channel_figures"

    channel: str = Field(primary_key=True, sa_type=Bytewise)
    currency: str = Field(primary_key=True, sa_type=Bytewise)
    kind: str = Field(primary_key=True, sa_type=Bytewise)


class CampaignDayFigures(Sums, Table, table=True):
    """One campaign on one day, over accounts, ads and dimensions."""

    __tablename__ = "campaign_day_figures"
    __table_args__ = (Index("ix_campaign_day_figures_channel", "channel", "day"), Index(None, "day"))

    channel: str = Field(primary_key=True, sa_type=Bytewise)
    campaign: str = Field(primary_key=True, sa_type=Bytewise)
    day: date = Field(primary_key=True)
    currency: str = Field(primary_key=True, sa_type=Bytewise)
    kind: str = Field(primary_key=True, sa_type=Bytewise)


class DimensionFigures(Sums, Table, table=True):
    """One campaign and one set of dimensions, over all days."""

    __tablename__ = "dimension_figures"

    channel: str = Field(primary_key=True, sa_type=Bytewise)
    campaign: str = Field(primary_key=True, sa_type=Bytewise)
    dimensions_id: str = Field(primary_key=True, sa_type=Bytewise)
    currency: str = Field(primary_key=True, sa_type=Bytewise)
    kind: str = Field(primary_key=True, sa_type=Bytewise)


class CellFigures(Sums, Table, table=True):
    """One campaign on one day of one account and one set of dimensions, over ads."""

    __tablename__ = "cell_figures"
    __table_args__ = (Index(None, "day"),)

    channel: str = Field(primary_key=True, sa_type=Bytewise)
    campaign: str = Field(primary_key=True, sa_type=Bytewise)
    day: date = Field(primary_key=True)
    account: str = Field(primary_key=True, sa_type=Bytewise)
    dimensions_id: str = Field(primary_key=True, sa_type=Bytewise)
    currency: str = Field(primary_key=True, sa_type=Bytewise)
    kind: str = Field(primary_key=True, sa_type=Bytewise)


class AdFigures(Sums, Table, table=True):
    """A cell broken down by ad."""

    __tablename__ = "ad_figures"
    __table_args__ = (Index(None, "day"),)

    channel: str = Field(primary_key=True, sa_type=Bytewise)
    campaign: str = Field(primary_key=True, sa_type=Bytewise)
    day: date = Field(primary_key=True)
    account: str = Field(primary_key=True, sa_type=Bytewise)
    dimensions_id: str = Field(primary_key=True, sa_type=Bytewise)
    ad: str = Field(primary_key=True, sa_type=Bytewise)
    currency: str = Field(primary_key=True, sa_type=Bytewise)
    kind: str = Field(primary_key=True, sa_type=Bytewise)


metric_figures = table_of(MetricFigures)
dimension_sets, dimension_names = table_of(DimensionSet), table_of(DimensionName)
channel_figures, campaign_day_figures = table_of(ChannelFigures), table_of(CampaignDayFigures)
dimension_figures, cell_figures, ad_figures = table_of(DimensionFigures), table_of(CellFigures), table_of(AdFigures)

ROLLUPS = (channel_figures, campaign_day_figures, dimension_figures, cell_figures, ad_figures)
"""From the smallest to the largest."""

SUMS = tuple(name for name in Sums.model_fields if name != "as_of")
