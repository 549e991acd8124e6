"""What one metric adds to a sum, and what its revision changes of it. Pure: whole numbers, nothing is rounded.

An amount is counted in units and thousand-millionths, each summed for itself, so that a database can add both exactly.
"""

import hashlib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from operator import add, sub
from typing import Any

import orjson

from shared.contracts.campaign import AdMetricReported
from shared.decimals import plain
from shared.money import Money

NANOS = 1_000_000_000
NO_KIND = ""
"""The kind of the row that holds all but conversions."""

Row = dict[str, Any]
Vector = tuple[int, ...]
"""In the order of `models.SUMS`: metrics; sum and count of impressions, clicks; units, nanos and count of spend,
revenue, conversions."""

NOTHING: Vector = (0,) * 14


def metric_row(fact: AdMetricReported) -> Row:
    """What stands of a metric by this fact."""
    money = fact.spend or fact.revenue
    spend, revenue = _parts(fact.spend), _parts(fact.revenue)
    return {
        "metric_id": fact.metric_id,
        "sequence": fact.sequence,
        "channel": fact.channel,
        "campaign": fact.campaign,
        "account": fact.account or "",
        "ad": fact.ad or "",
        "day": fact.day,
        "dimensions_id": dimensions_id(fact.dimensions),
        "currency": money.currency if money else "",
        "impressions": fact.impressions,
        "clicks": fact.clicks,
        "spend_units": spend[0],
        "spend_nanos": spend[1],
        "revenue_units": revenue[0],
        "revenue_nanos": revenue[1],
        "conversions": {kind: plain(number) for kind, number in fact.conversions.items()},
        "as_of": fact.as_of,
    }


def dimensions_id(dimensions: Mapping[str, str]) -> str:
    """One id for one set of dimensions; empty where there are none."""
    if not dimensions:
        return ""
    return hashlib.sha256(orjson.dumps(sorted(dimensions.items()))).hexdigest()[:32]


def contributions(row: Row) -> Iterator[tuple[str, Vector]]:
    """What a metric adds to each sum that it is part of, by kind of conversion."""
    impressions, clicks = row["impressions"], row["clicks"]
    spend = _counted(row["spend_units"], row["spend_nanos"])
    revenue = _counted(row["revenue_units"], row["revenue_nanos"])
    counts = (impressions or 0, int(impressions is not None), clicks or 0, int(clicks is not None))
    yield NO_KIND, (1, *counts, *spend, *revenue, 0, 0, 0)
    for kind, number in row["conversions"].items():
        units, nanos = divmod(int(Decimal(number) * NANOS), NANOS)
        yield kind, (1, *NOTHING[:10], units, nanos, 1)


def differences(before: Row | None, after: Row) -> dict[tuple[str, str], Vector]:
    """What has to be added to the sums, by currency and kind, so that they hold `after` in place of `before`.

    The row without a kind is there even if nothing changes: the figures in it are true at a later time.
    """
    found = {(after["currency"], kind): vector for kind, vector in contributions(after)}
    for kind, vector in contributions(before) if before else ():
        key = (before["currency"] if before else "", kind)
        found[key] = minus(found.get(key, NOTHING), vector)
    return {key: vector for key, vector in found.items() if any(vector) or key[1] == NO_KIND}


def plus(one: Vector, other: Vector) -> Vector:
    return tuple(map(add, one, other))


def minus(one: Vector, other: Vector) -> Vector:
    return tuple(map(sub, one, other))


def _counted(units: int | None, nanos: int | None) -> tuple[int, int, int]:
    return (0, 0, 0) if units is None else (units, nanos or 0, 1)


def _parts(money: Money | None) -> tuple[int | None, int | None]:
    return (money.units, money.nanos) if money else (None, None)
