"""The figures of campaigns and of channels by the day, as series: what tests for what is unusual read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, literal, select
from sqlmodel import Session

from services.analytics_svc.channels.figures import NANOS
from services.analytics_svc.channels.models import SUMS, campaign_day_figures
from shared.contracts.campaign import AdMetricReported
from shared.days import is_over
from shared.decimals import WIDE

PARTS = tuple(name for name in SUMS if name != "metrics")

_days = campaign_day_figures.c


@dataclass(frozen=True, slots=True)
class CampaignDay:
    """One day in one currency; money is None and `currency` too where no money was reported.

    A measure that nobody reported on that day is None, which is not zero. `conversions` are those of all kinds. `as_of`
    is when the newest figures in it were true.
    """

    series: str
    channel: str
    campaign: str
    currency: str | None
    day: date
    impressions: int | None
    clicks: int | None
    spend: Decimal | None
    conversions: Decimal | None
    revenue: Decimal | None
    as_of: datetime


def is_complete(day: CampaignDay | AdMetricReported) -> bool:
    return is_over(day.day, day.as_of)


def earlier(day: date, span: timedelta) -> date:
    """The first day of all where there is none so early: a fact may be about any."""
    return day - span if day - date.min > span else date.min


def campaign_days(session: Session, series: Sequence[str], since: date, until: date) -> list[CampaignDay]:
    """Sums over accounts, ads and dimensions, both days included; ordered by series, currency, day.

    `series` are `<channel>/<campaign>`, as facts name them. A day without figures is absent.
    """
    meant = {(channel, campaign): one for one in series for channel, _, campaign in (one.partition("/"),)}
    channels, campaigns = ({pair[place] for pair in meant} for place in (0, 1))
    wanted = _days.channel.in_(sorted(channels)) & _days.campaign.in_(sorted(campaigns))
    found = [
        _made(meant[row[0], row[1]], row)
        for row in _read(session, wanted & _days.day.between(since, until), _days.campaign)
        if (row[0], row[1]) in meant  # a database finds no index for pairs, so it was asked for some more
    ]
    return sorted(found, key=lambda one: (one.series, one.currency or "", one.day))


def channel_days(session: Session, channels: Sequence[str], since: date, until: date) -> list[CampaignDay]:
    """Sums over the campaigns of a channel; `series` and `campaign` are empty. Ordered by channel, currency, day."""
    wanted = _days.channel.in_(channels) & _days.day.between(since, until)
    found = [_made("", row) for row in _read(session, wanted, literal(""))]
    return sorted(found, key=lambda one: (one.channel, one.currency or "", one.day))


def _read(session: Session, wanted: ColumnElement[bool], campaign: ColumnElement[str]) -> Iterable[Sequence[Any]]:
    """Each kind of conversion has a row of its own, with zeros for all else: so one sum goes over all of them."""
    sums = (func.sum(_days[name]) for name in PARTS)
    query = select(_days.channel, campaign, _days.currency, _days.day, func.max(_days.as_of), *sums).where(wanted)
    keys = [_days.channel, _days.currency, _days.day, *([campaign] if campaign is _days.campaign else [])]
    return session.execute(query.group_by(*keys).having(func.sum(_days.metrics) != 0))


def _made(series: str, row: Sequence[Any]) -> CampaignDay:
    channel, campaign, currency, day, as_of, impressions, impressions_n, clicks, clicks_n, *money = row
    return CampaignDay(
        series=series,
        channel=channel,
        campaign=campaign,
        currency=currency or None,
        day=day,
        impressions=int(impressions) if impressions_n else None,
        clicks=int(clicks) if clicks_n else None,
        spend=_amount(*money[:3]),
        revenue=_amount(*money[3:6]),
        conversions=_amount(*money[6:]),
        as_of=as_of,
    )


def _amount(units: int, nanos: int, n: int) -> Decimal | None:
    return Decimal(int(units) * NANOS + int(nanos)).scaleb(-9, WIDE) if n else None
