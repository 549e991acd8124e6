"""The figures of industries, read: which companies are dropped, and what the others add up to.

Nothing here looks at a company: an answer costs the same over a thousand of them and over ten million.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Double, Select, and_, cast, func, literal_column, or_, select, true
from sqlmodel import Session

from services.analytics_svc.industries.amounts import joined, mean, split
from services.analytics_svc.industries.contributions import COLUMNS, USED
from services.analytics_svc.industries.models import PARTS, Dropna, IndustriesOut, IndustryOut, industry_figures
from shared.money import NANOS, written
from shared.web import Order, Page, Paging

ORDER = Order(
    {"revenue": literal_column("figures.size", Double), "n": literal_column("figures.n", BigInteger)},
    default="-revenue",
    tie=literal_column("figures.key"),
)
"""By revenue to the fifteen digits of a double; the figures themselves are exact."""


def industries(
    session: Session, asked: Paging, dropna: Dropna, min_revenue: int | None, currency: str | None
) -> IndustriesOut:
    """`min_revenue`, in thousand-millionths, is compared with the sum of the industry: more than that."""
    counts, as_of = _counts(session)
    columns = USED if dropna == "used" else counted(counts)
    kept = [missing for missing in counts if not lacks(missing, columns)]
    page: Page[IndustryOut] = asked.page(session, _figures(kept, min_revenue, currency), _item)
    return IndustriesOut(
        items=page.items,
        next_cursor=page.next_cursor,
        dropna=dropna,
        columns=[column for column in COLUMNS if column in columns],
        companies=sum(counts.values()),
        dropped=sum(n for missing, n in counts.items() if lacks(missing, columns)),
        dropped_by_column={
            column: sum(n for missing, n in counts.items() if lacks(missing, [column]))
            for column in COLUMNS
            if column in columns
        },
        as_of=as_of,
    )


def counted(counts: Mapping[str, int]) -> list[str]:
    """The columns for which `any` drops a company: those that figures are made of, and others that anybody has filled.

    A column that nobody ever fills is not one of the data: it would drop everything and mean nothing.
    """
    return [column for column in COLUMNS if column in USED or not all(lacks(missing, [column]) for missing in counts)]


def lacks(missing: str, columns: Collection[str]) -> bool:
    return any(column in columns for column in missing.split(","))


def _counts(session: Session) -> tuple[dict[str, int], Any]:
    """Companies by the columns they lack, and the moment up to which the figures hold."""
    columns = industry_figures.c
    rows = session.execute(select(columns.missing, func.sum(columns.n), func.max(columns.as_of)).group_by("missing"))
    found = rows.all()
    as_of = max((row[2] for row in found), default=None)
    return {missing: int(n) for missing, n, _ in found if n}, as_of


def _figures(kept: Sequence[str], min_revenue: int | None, currency: str | None) -> Select[Any]:
    """One row for each industry and currency, its sums carried over, so that they can be compared part by part."""
    sums = _sums(kept, currency).subquery("sums").c
    units = sums.revenue_units + sums.revenue_nanos // NANOS
    revenue = (sums.revenue_billions + units // NANOS, units % NANOS, sums.revenue_nanos % NANOS)
    size = cast(revenue[0], Double) * 1e9 + cast(revenue[1], Double) + cast(revenue[2], Double) / 1e9
    key = sums.industry + "\x1f" + sums.currency
    figures = select(*sums, size.label("size"), key.label("key")).where(_above(revenue, min_revenue))
    return select(*figures.subquery("figures").c)


def _sums(kept: Sequence[str], currency: str | None) -> Select[Any]:
    columns = industry_figures.c
    keys = (columns.industry, columns.currency)
    query = (
        select(*keys, *(_sum(columns[name], name) for name in ("n", *PARTS)), func.max(columns.as_of).label("as_of"))
        .where(columns.missing.in_(kept))
        .group_by(*keys)
        .having(func.sum(columns.n) > 0)
    )
    return query if currency is None else query.where(columns.currency == currency)


def _sum(column: ColumnElement[int], name: str) -> ColumnElement[int]:
    return cast(func.sum(column), BigInteger).label(name)


def _above(revenue: Sequence[ColumnElement[int]], least: int | None) -> ColumnElement[bool]:
    if least is None:
        return true()
    (a, b, c), (x, y, z) = revenue, split(least)
    return or_(a > x, and_(a == x, or_(b > y, and_(b == y, c > z))))


def _item(
    industry: str, currency: str, n: int, rb: int, ru: int, rn: int, pb: int, pu: int, pn: int, as_of: Any, *_: Any
) -> IndustryOut:
    revenue, profit = joined(rb, ru, rn), joined(pb, pu, pn)
    return IndustryOut(
        industry=industry,
        currency=currency,
        n=n,
        revenue=written(revenue, currency),
        profit=written(profit, currency),
        profit_mean=written(mean(profit, n), currency),
        as_of=as_of,
    )
