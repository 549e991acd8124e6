"""Made-up companies, as customer_svc states them, and the figures that are kept of them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from services.analytics_svc.industries.amounts import joined
from services.analytics_svc.industries.models import KEY, PARTS, industry_figures
from shared.contracts.customer import CompanyRecorded
from shared.money import Money

WHEN = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


def money(amount: str | int | None, currency: str = "USD") -> Money | None:
    return None if amount is None else Money.of(str(amount), currency)


def recorded(
    company: str = "com_acme",
    sequence: int = 1,
    industry: str | None = "Tools",
    revenue: str | int | None = 100,
    profit: str | int | None = 10,
    currency: str = "USD",
    **more: Any,
) -> CompanyRecorded:
    facts: dict[str, Any] = {"revenue": money(revenue, currency), "profit": money(profit, currency), "country": "DE"}
    return CompanyRecorded(
        company_id=company,
        sequence=sequence,
        occurred_at=WHEN,
        created=sequence == 1,
        industry=industry,
        **(facts | more),
    )


@dataclass(frozen=True)
class Sums:
    """What is kept under a key: companies, revenue and profit in thousand-millionths."""

    n: int = 0
    revenue: int = 0
    profit: int = 0


Figures = dict[tuple[str, str, str], Sums]


def kept(session: Session) -> Figures:
    """Of keys with a company at least; the others must hold nothing."""
    figures = {}
    for row in session.execute(select(*(industry_figures.c[name] for name in (*KEY, "n", *PARTS)))):
        key, n, parts = tuple(row[:3]), row[3], row[4:]
        sums = Sums(n, joined(*parts[:3]), joined(*parts[3:]))
        assert n > 0 or sums == Sums()
        if n:
            figures[key] = sums
    return figures


def expected(facts: Iterable[CompanyRecorded]) -> Figures:
    """By another way: of the newest fact of each company, added up in whole numbers."""
    newest = {fact.company_id: fact for fact in sorted(facts, key=lambda fact: fact.sequence)}
    sums: defaultdict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for fact in newest.values():
        key, revenue, profit = _one(fact)
        for place, value in enumerate((1, revenue, profit)):
            sums[key][place] += value
    return {key: Sums(*values) for key, values in sums.items()}


def _one(fact: CompanyRecorded) -> tuple[tuple[str, str, str], int, int]:
    absent = {name for name in ("industry", "revenue", "profit") if getattr(fact, name) is None}
    missing = [
        name for name in ("country", "industry", "revenue", "profit", "assets") if name in {*absent, *fact.missing}
    ]
    currencies = sorted({money.currency for money in (fact.revenue, fact.profit) if money})
    if len(currencies) == 2:
        return (fact.industry or "", "", ",".join([*missing, "currency"])), 0, 0
    key = (fact.industry or "", "".join(currencies), ",".join(missing))
    return (key, 0, 0) if absent else (key, _nanos(fact.revenue), _nanos(fact.profit))


def _nanos(money: Money | None) -> int:
    return money.units * 10**9 + money.nanos if money else 0
