"""What figures must be, added up from the ledger alone, exactly: nothing here knows how the system does it.

A figure is a line: the group, what was measured, its sum, and how many had it. Currencies are added apart.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.chaos.ledger import Recorded, Reported

Line = tuple[Any, ...]
Sent = Mapping[str, Any]

USED = ("industry", "revenue", "profit", "currency")
MAY_LACK = ("name", "country", "assets")


def newest(reports: Iterable[Reported]) -> dict[str, Sent]:
    """What stands of each metric, by its id."""
    found: dict[str, Reported] = {}
    for one in reports:
        if one.metric_id not in found or one.report.as_of > found[one.metric_id].report.as_of:
            found[one.metric_id] = one
    return {metric_id: one.report.sent for metric_id, one in found.items()}


def measured(sent: Sent) -> Iterator[tuple[str, Fraction]]:
    yield "metrics", Fraction(1)
    for name in ("impressions", "clicks"):
        if sent.get(name) is not None:
            yield name, Fraction(sent[name])
    for kind, number in (sent.get("conversions") or {}).items():
        yield f"conversions {kind}", Fraction(number)
    money = {name: sent[name] for name in ("spend", "revenue") if sent.get(name)}
    for currency in {one["currency"] for one in money.values()}:
        yield f"{currency} metrics", Fraction(1)
    for name, one in money.items():
        yield f"{one['currency']} {name}", Fraction(one["amount"])


def ad_figures(standing: Iterable[Sent], group_by: Sequence[str]) -> Iterator[Line]:
    amounts: defaultdict[Line, list[Fraction]] = defaultdict(list)
    for sent in standing:
        group = tuple(_value(sent, name) for name in group_by)
        for measure, number in measured(sent):
            amounts[*group, measure].append(number)
    for line, some in amounts.items():
        yield (*line, written(sum(some, Fraction())), len(some))


def _value(sent: Sent, name: str) -> str | None:
    if name == "currency":
        money = sent.get("spend") or sent.get("revenue")
        return str(money["currency"]) if money else None
    value: str | None = sent.get(name) or sent["dimensions"].get(name)
    return value


@dataclass
class Company:
    """What is known of one, from all that was said in order."""

    known: dict[str, Any]
    version: int = 0

    def learn(self, sent: Sent) -> str:
        news = {name for name, value in sent.items() if not _same(self.known.get(name), value)}
        self.known |= sent
        self.version += bool(news)
        return "created" if news and self.version == 1 else "changed" if news else "unchanged"

    def lacks(self) -> set[str]:
        lacking = {name for name in (*USED[:3], *MAY_LACK) if not self.known.get(name)}
        if not lacking & {"revenue", "profit"} and self.known["revenue"]["currency"] != self.currency:
            lacking.add("currency")
        return lacking

    @property
    def currency(self) -> str:
        return str(self.known["profit"]["currency"])


def companies(records: Iterable[Recorded]) -> tuple[dict[str, Company], list[str]]:
    """By name, and what must have become of each record."""
    found: dict[str, Company] = {}
    fates = [found.setdefault(one.told.name, Company({})).learn(one.told.sent) for one in records]
    return found, fates


@dataclass(frozen=True)
class Industries:
    figures: list[Line]
    counts: dict[str, Any]


def industries(known: Sequence[Company], dropna: str) -> Industries:
    """`used` drops who lacks what sums are made of; `any` also who lacks another column that somebody has filled."""
    filled = [name for name in MAY_LACK if not all(name in one.lacks() for one in known)]
    columns = {*USED, *(filled if dropna == "any" else ())}
    kept: defaultdict[tuple[str, str], list[Company]] = defaultdict(list)
    for one in known:
        if not one.lacks() & columns:
            kept[one.known["industry"], one.currency].append(one)
    counts = {
        "companies": len(known),
        "dropped": len(known) - sum(map(len, kept.values())),
        "dropped_by_column": {name: sum(name in one.lacks() for one in known) for name in columns},
    }
    return Industries([(*group, *_figures(some)) for group, some in kept.items()], counts)


def _figures(some: Sequence[Company]) -> Line:
    revenue, profit = (sum((Fraction(one.known[name]["amount"]) for one in some), Fraction()) for name in USED[1:3])
    mean = Fraction(round(profit / len(some) * 10**9), 10**9)
    return len(some), written(revenue), written(profit), written(mean)


def written(number: Fraction) -> str:
    """As a text that one number has one of, whoever wrote it."""
    nanos = number * 10**9
    if nanos.denominator != 1:
        return f"{number}, which is finer than nine decimals"
    units, rest = divmod(abs(nanos.numerator), 10**9)
    return f"{'-' if nanos < 0 else ''}{units}.{rest:09d}".rstrip("0").rstrip(".")


def _same(known: Any, told: Any) -> bool:
    if isinstance(known, Mapping) and isinstance(told, Mapping):
        return known["currency"] == told["currency"] and Fraction(known["amount"]) == Fraction(told["amount"])
    return bool(known == told)
