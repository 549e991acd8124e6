"""A SQLite database that has had a hundred times as many facts: what the handlers stored of some, copied by SQL.

Copy k of a metric is reported for a day 2 k days later, copy k of a company or an event has another id. So the rows of
each table are as many, as wide and as scattered as if every fact had come by itself; sums without a day are multiplied.
"""

from collections.abc import Mapping

from sqlalchemy import Table, text, update
from sqlmodel import Session

from services.analytics_svc.channels.models import (
    SUMS,
    ad_figures,
    campaign_day_figures,
    cell_figures,
    channel_figures,
    dimension_figures,
    metric_figures,
)
from services.analytics_svc.industries.models import PARTS, company_figures, industry_figures
from shared.database.tables import KERNEL

DAYS_APART = 2

COPIED = (company_figures, metric_figures, campaign_day_figures, cell_figures, ad_figures, KERNEL.inbox)
OTHERWISE = {
    "company_id": "company_id || :suffix",
    "metric_id": "metric_id || :suffix",
    "event_id": "event_id || :suffix",
    "day": "date(day, :later)",
}
MULTIPLIED: Mapping[Table, tuple[str, ...]] = {
    industry_figures: ("n", *PARTS),
    channel_figures: SUMS,
    dimension_figures: SUMS,
}


def copied_id(one: str, copy: int) -> str:
    return one + suffix(copy) if copy else one


def suffix(copy: int) -> str:
    return f"{copy:03d}"


def multiply(session: Session, times: int) -> None:
    """So that all is there `times` times: the facts as they came, and their copies from 1 on."""
    if times > 1:
        for table in COPIED:
            _copy(session, table, times)
        for table, sums in MULTIPLIED.items():
            session.execute(update(table).values({name: table.c[name] * times for name in sums}))


def _copy(session: Session, table: Table, times: int) -> None:
    names = [column.name for column in table.columns]
    chosen = ", ".join(OTHERWISE.get(name, name) for name in names)
    session.execute(text(f"CREATE TEMP TABLE originals AS SELECT * FROM {table.name}"))  # noqa: S608  # our own names
    one = text(f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {chosen} FROM originals")  # noqa: S608
    for copy in range(1, times):
        changed = {"suffix": suffix(copy), "later": f"+{copy * DAYS_APART} days"}
        session.execute(one, {name: value for name, value in changed.items() if f":{name}" in chosen})
    session.execute(text("DROP TABLE originals"))
