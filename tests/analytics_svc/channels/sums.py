"""Sums by plain addition, and the stored ones in the same form: two ways to the same figures that share no code."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from shared.contracts.campaign import AdMetricReported
from tests.analytics_svc.channels.facts import Row


def expected(facts: list[AdMetricReported]) -> dict[str, Any]:
    """By plain addition, one level after another."""
    keys = {
        "channel_figures": ("channel",),
        "campaign_day_figures": ("channel", "campaign", "day"),
        "dimension_figures": ("channel", "campaign", "dimensions"),
        "cell_figures": ("channel", "campaign", "day", "account", "dimensions"),
        "ad_figures": ("channel", "campaign", "day", "account", "dimensions", "ad"),
    }
    return {table: _added_up(facts, names) for table, names in keys.items()}


def _added_up(facts: list[AdMetricReported], names: tuple[str, ...]) -> Any:
    sums: dict[Any, dict[str, Any]] = defaultdict(lambda: defaultdict(Decimal))
    for fact in facts:
        group = (*(str(getattr(fact, name) or "") for name in names if name != "dimensions"), currency_of(fact))
        group = (*group, repr(fact.dimensions)) if "dimensions" in names else group
        sums[group]["metrics"] += 1
        for name in ("impressions", "clicks"):
            if (count := getattr(fact, name)) is not None:
                sums[group][name] += count
                sums[group][f"{name}_n"] += 1
        for name in ("spend", "revenue"):
            if (money := getattr(fact, name)) is not None:
                sums[group][name] += money.decimal
                sums[group][f"{name}_n"] += 1
        for kind, number in fact.conversions.items():
            sums[group][f"{kind}"] += number
            sums[group][f"{kind}_n"] += 1
    return sorted(sorted((name, value) for name, value in told.items() if value) for told in sums.values())


def without_keys(sums: dict[str, list[Row]]) -> dict[str, Any]:
    """The stored sums in the form of `expected`: without keys, which differ by the hash of the dimensions."""
    return {table: _told(rows) for table, rows in sums.items()}


def _told(rows: list[Row]) -> Any:
    groups: dict[Any, dict[str, Any]] = defaultdict(dict)
    for row in rows:
        key = tuple(str(row.get(name)) for name in ("channel", "campaign", "day", "account", "dimensions_id", "ad"))
        told = groups[*key, row["currency"]]
        if row["kind"]:
            told[row["kind"]] = _decimal(row, "conversions")
            told[f"{row['kind']}_n"] = row["conversions_n"]
        else:
            told |= {name: row[name] for name in ("metrics", "impressions", "impressions_n", "clicks", "clicks_n")}
            told |= {"spend": _decimal(row, "spend"), "revenue": _decimal(row, "revenue")}
            told |= {name: row[name] for name in ("spend_n", "revenue_n")}
    return sorted(sorted((name, value) for name, value in told.items() if value) for told in groups.values())


def _decimal(row: Row, name: str) -> Decimal:
    return Decimal(row[f"{name}_units"]) + Decimal(row[f"{name}_nanos"]).scaleb(-9)


def currency_of(fact: AdMetricReported) -> str:
    money = fact.spend or fact.revenue
    return money.currency if money else ""


def summed(numbers: Iterable[Any]) -> Any:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None
