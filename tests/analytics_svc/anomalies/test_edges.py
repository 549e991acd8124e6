"""Alarms where much comes at once, from several workers, or with days and figures at the ends of what there is."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from services.analytics_svc.tables import tables
from shared.database import Database
from tests.analytics_svc.anomalies.ads import ALL, TODAY, TOMORROW, counted, kept, once, reported, tell, usual
from tests.analytics_svc.rooms import stated
from tests.fixtures import create_tables
from tests.statements import statements


async def test_two_workers_that_tell_of_one_series_at_once_miss_nothing(postgres_url: str) -> None:
    create_tables(postgres_url, tables.metadata)
    workers = [Database(postgres_url, service="test") for _ in range(2)]
    await tell(workers[0], usual(49, until=TODAY - timedelta(days=11)))
    days = [reported(TODAY - timedelta(days=n), spend=300 if n == 3 else 70) for n in range(11)]
    await asyncio.gather(*(tell(workers[n % 2], [event]) for n, event in enumerate(days)))
    at_once = {(row["day"], row["low"]) for row in await kept(workers[0]) if row["standing"]}
    told = {
        (day, low)
        for day, _, _, _, low in await once(workers[1], [*usual(49, until=TODAY - timedelta(days=11)), *days])
    }
    for db in workers:
        await db.close()
    assert at_once == told
    assert TODAY - timedelta(days=3) in {day for day, _ in told}


async def test_fifty_series_take_hardly_more_statements_than_three(db: Database) -> None:
    series = [f"search/c{n:03}" for n in range(53)]
    await tell(db, [event for one in series for event in usual(40, series=one)])
    batch = [reported(TOMORROW, series=one, spend=90) for one in series]
    three = await statements(tell(db, batch[:3]))
    assert await statements(tell(db, batch[3:])) <= 2 * three


async def test_days_at_both_ends_of_the_calendar_harm_nobody(db: Database) -> None:
    first, last = date(1, 1, 1), date(9999, 12, 31)
    late = datetime.combine(last, time(6), UTC)
    await tell(db, [reported(first, spend=5), reported(last, spend=5, as_of=late)], ALL)
    await tell(db, [*usual(series="search/other"), reported(TOMORROW, spend=410, series="search/other")], ALL)
    assert [(fact.series, fact.day) for fact in await stated(db)] == [("search/other", TOMORROW)]


async def test_figures_beyond_all_measure_hold_up_nobody(db: Database) -> None:
    await tell(db, counted(60, clicks=400, conversions=40, spend=300), ALL)
    await tell(db, [reported(TOMORROW, spend=10**6, clicks=400, conversions=12)], ALL)
    assert any(row["measure"] == "cpa" for row in await kept(db))
    tiny = {"sale": Decimal("0.000000001")}
    odd = reported(TOMORROW, spend=10**15, clicks=400, sequence=2).model_copy(update={"conversions": tiny})
    await tell(db, [odd], ALL)
    [row] = [row for row in await kept(db) if row["measure"] == "cpa"]
    assert (row["actual"], row["standing"]) == ("1" + 24 * "0" + ".00", False)


async def test_figures_dated_to_a_year_to_come_silence_nothing(db: Database) -> None:
    await tell(db, usual(), ALL)
    told = datetime.combine(TOMORROW, time(6), UTC)
    slip = reported(date(2206, 1, 31), spend=100).model_copy(update={"recorded_at": told})
    await tell(db, [slip], ALL)
    await tell(db, [reported(TOMORROW, spend="410.00")], ALL)
    [row] = await kept(db)
    assert (row["day"], row["severity"]) == (TOMORROW, "alarm")
