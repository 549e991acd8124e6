"""A report as rows and as a fact: what is written about it, in each of its forms."""

from datetime import datetime
from typing import Any

from services.campaign_svc.ads.metrics import MetricIn
from services.campaign_svc.ads.settling import Arrival, Settled
from shared.contracts.campaign import AdMetricReported
from shared.decimals import plain
from shared.money import Money

Row = dict[str, Any]


def metric_row(settled: Settled, now: datetime) -> Row:
    """A metric that is new."""
    metric = _latest(settled).metric
    key = {
        "id": settled.metric_id,
        "account": metric.account,
        "channel": metric.channel,
        "campaign": metric.campaign,
        "ad": metric.ad,
        "day": metric.day,
        "dimensions": metric.dimensions,
        "created_at": now,
    }
    return key | standing_row(settled, now)


def standing_row(settled: Settled, now: datetime) -> Row:
    """What a revision changes of a metric."""
    latest = _latest(settled)
    claimed = {"as_of": (settled.claim or latest.claim).as_of, "digest": latest.claim.digest}
    return _figures(latest.metric) | claimed | {"version": settled.version, "updated_at": now}


def revision_row(arrival: Arrival, sequence: int | None, now: datetime, by: str) -> Row:
    return _figures(arrival.metric) | {
        "id": arrival.revision_id,
        "metric_id": arrival.metric_id,
        "sequence": sequence,
        "as_of": arrival.claim.as_of,
        "digest": arrival.claim.digest,
        "recorded_at": now,
        "recorded_by": by,
    }


def fact(arrival: Arrival, sequence: int) -> AdMetricReported:
    metric = arrival.metric
    return AdMetricReported(
        metric_id=arrival.metric_id,
        series=f"{metric.channel}/{metric.campaign}",
        account=metric.account,
        channel=metric.channel,
        campaign=metric.campaign,
        ad=metric.ad,
        day=metric.day,
        dimensions=metric.dimensions,
        impressions=metric.impressions,
        clicks=metric.clicks,
        spend=metric.spend,
        conversions=metric.conversions,
        revenue=metric.revenue,
        as_of=arrival.claim.as_of,
        sequence=sequence,
        occurred_at=arrival.claim.as_of,
    )


def _latest(settled: Settled) -> Arrival:
    if settled.latest is None:
        raise ValueError("only a metric that a report changed has anything to be written")
    return settled.latest


def _figures(metric: MetricIn) -> Row:
    spend, revenue = _parts(metric.spend), _parts(metric.revenue)
    return {
        "impressions": metric.impressions,
        "clicks": metric.clicks,
        "currency": metric.currency,
        "spend_units": spend[0],
        "spend_nanos": spend[1],
        "revenue_units": revenue[0],
        "revenue_nanos": revenue[1],
        "conversions": {kind: plain(number) for kind, number in metric.conversions.items()},
    }


def _parts(money: Money | None) -> tuple[int | None, int | None]:
    return (money.units, money.nanos) if money else (None, None)
