"""Reports over HTTP: one key is one metric, every report is kept once, and what stands is settled by the rule."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from services.campaign_svc.ads import room as ads
from services.campaign_svc.ads.metrics import EXAMPLE
from services.campaign_svc.ads.models import revisions
from services.campaign_svc.tables import tables
from shared.contracts.campaign import AdMetricReported
from shared.database import Database, Tx
from shared.service.housekeeping import sweep
from shared.types import zulu
from tests.analytics_svc.rooms import BY, stated
from tests.campaign_svc.ads.reports import Row, at, report
from tests.fixtures import create_tables


async def sent(client: httpx.AsyncClient, row: Row) -> Row:
    answer = await client.post("/v1/ad-metrics", json=row)
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


async def read(client: httpx.AsyncClient, metric_id: str) -> Row:
    return dict((await client.get(f"/v1/ad-metrics/{metric_id}")).json())


async def test_a_report_is_stored_and_stated(client: httpx.AsyncClient, db: Database) -> None:
    row = report(
        account="main",
        ad="7",
        dimensions={"gender": "F", "age": "30-34"},
        conversions={"sale": 1, "lead": "2.50"},
        revenue={"amount": "0.000000001", "currency": "EUR"},
    )
    answer = await client.post("/v1/ad-metrics", json=row)
    told = answer.json()
    assert (answer.status_code, told["outcome"]) == (201, "new")
    metric = await read(client, told["metric_id"])
    assert answer.headers["location"] == f"/v1/ad-metrics/{metric['id']}"
    as_stored = row | {"conversions": {"lead": "2.5", "sale": "1"}}
    assert {name: metric[name] for name in row} == as_stored
    assert [one["sequence"] for one in metric["revisions"]] == [1]
    [fact] = await stated(db)
    assert isinstance(fact, AdMetricReported)
    assert (fact.metric_id, fact.series, fact.sequence, fact.key) == (metric["id"], "search/brand", 1, "search/brand")
    assert fact.model_dump(mode="json", include=set(row)) == as_stored


async def test_what_is_absent_is_null_and_not_zero(client: httpx.AsyncClient, db: Database) -> None:
    told = await sent(client, {"channel": "search", "day": "2026-01-30", "clicks": 0})
    metric = await read(client, told["metric_id"])
    assert (metric["clicks"], metric["impressions"], metric["spend"], metric["conversions"]) == (0, None, None, {})
    assert (metric["campaign"], metric["account"], metric["ad"]) == ("", None, None)
    [fact] = await stated(db)
    assert (fact.series, fact.impressions, fact.spend) == ("search/", None, None)


async def test_a_newer_report_of_the_same_key_stands(client: httpx.AsyncClient, db: Database) -> None:
    first = await sent(client, at(1, clicks=10))
    second = await sent(client, at(2, clicks=12))
    assert (second["metric_id"], second["outcome"]) == (first["metric_id"], "revised")
    metric = await read(client, first["metric_id"])
    assert (metric["clicks"], metric["version"], metric["as_of"]) == (12, 2, "2026-02-01T02:00:00Z")
    assert [(fact.sequence, fact.clicks) for fact in await stated(db)] == [(1, 10), (2, 12)]


async def test_an_older_report_is_kept_and_changes_nothing(client: httpx.AsyncClient, db: Database) -> None:
    await sent(client, at(5, clicks=12))
    told = await sent(client, at(2, clicks=10))
    assert told["outcome"] == "kept"
    metric = await read(client, told["metric_id"])
    assert (metric["clicks"], metric["version"]) == (12, 1)
    assert [(one["clicks"], one["sequence"]) for one in metric["revisions"]] == [(12, 1), (10, None)]
    assert len(await stated(db)) == 1


@pytest.mark.parametrize("first", [10, 12])
async def test_of_two_reports_of_one_moment_the_same_one_stands_in_either_order(
    client: httpx.AsyncClient, first: int
) -> None:
    told = await sent(client, at(2, clicks=first))
    await sent(client, at(2, clicks=22 - first))
    assert (await read(client, told["metric_id"]))["clicks"] == 12


async def test_the_same_report_again_is_not_stored_again(client: httpx.AsyncClient, db: Database) -> None:
    await sent(client, at(1, conversions={"lead": 2}))
    kept = await sent(client, at(0, clicks=3))
    again = [await sent(client, at(1, conversions={"lead": "2.0"})), await sent(client, at(0, clicks=3))]
    assert [one["outcome"] for one in again] == ["same", "same"]
    assert len((await read(client, kept["metric_id"]))["revisions"]) == 2
    assert len(await stated(db)) == 1


async def test_figures_that_stand_are_confirmed_by_a_newer_report_without_a_fact(
    client: httpx.AsyncClient, db: Database
) -> None:
    told = [await sent(client, at(hour)) for hour in (1, 5)]
    assert [one["outcome"] for one in told] == ["new", "same"]
    assert (await sent(client, at(3, clicks=99)))["outcome"] == "kept"
    metric = await read(client, told[0]["metric_id"])
    assert (metric["as_of"], metric["version"], metric["clicks"]) == ("2026-02-01T05:00:00Z", 1, 10)
    assert len(await stated(db)) == 1


async def test_figures_that_stand_after_the_end_of_their_day_are_stated_once_more(
    client: httpx.AsyncClient, db: Database
) -> None:
    """Else nobody would ever know that no more came: a campaign that died at noon looks like a day that still runs."""
    times = ["2026-01-30T12:00:00Z", "2026-01-30T18:00:00Z", "2026-01-31T06:00:00Z", "2026-01-31T07:00:00Z"]
    told = [await sent(client, report(as_of=time)) for time in times]
    assert [one["outcome"] for one in told] == ["new", "same", "same", "same"]
    assert [(fact.sequence, zulu(fact.as_of)) for fact in await stated(db)] == [(1, times[0]), (2, times[2])]
    metric = await read(client, told[0]["metric_id"])
    assert (metric["as_of"], metric["version"]) == (times[3], 2)
    assert [(one["sequence"], one["as_of"]) for one in metric["revisions"]] == [(2, times[2]), (1, times[0])]


async def test_a_report_without_a_time_is_true_now_and_the_same_one_again_changes_nothing(
    client: httpx.AsyncClient, db: Database
) -> None:
    row = report()
    del row["as_of"]
    assert [(await sent(client, row))["outcome"] for _ in range(3)] == ["new", "same", "same"]
    assert len(await stated(db)) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"account": "second"},
        {"channel": "social"},
        {"campaign": "other"},
        {"ad": "8"},
        {"day": "2026-01-29"},
        {"dimensions": {"age": "30-34"}},
    ],
)
async def test_another_key_is_another_metric(client: httpx.AsyncClient, other: Row) -> None:
    first, second = await sent(client, report()), await sent(client, report(**other))
    assert second["outcome"] == "new" and second["metric_id"] != first["metric_id"]


async def test_metrics_are_listed_by_filter_and_page(client: httpx.AsyncClient) -> None:
    for day in range(1, 6):
        await sent(client, report(day=f"2026-01-0{day}"))
        await sent(client, report(day=f"2026-01-0{day}", channel="social"))
    asked: dict[str, Any] = {"channel": "search", "from": "2026-01-02", "to": "2026-01-04", "sort": "day", "limit": 2}
    first = (await client.get("/v1/ad-metrics", params=asked)).json()
    second = (await client.get("/v1/ad-metrics", params=asked | {"cursor": first["next_cursor"]})).json()
    assert [one["day"] for one in first["items"] + second["items"]] == ["2026-01-02", "2026-01-03", "2026-01-04"]
    assert second["next_cursor"] is None
    answer = await client.get("/v1/ad-metrics", params={"from": "2026-02-30"})
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/query/from"]


async def test_the_example_of_the_documentation_is_accepted(client: httpx.AsyncClient) -> None:
    metric = await read(client, (await sent(client, EXAMPLE))["metric_id"])
    assert {name: metric[name] for name in EXAMPLE} == EXAMPLE | {"conversions": {"lead": "2", "sale": "1"}}


async def test_a_metric_that_is_not_there_is_404(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/ad-metrics/met_7n42dgm5tfpk95h2v3jq8c0rye")).status_code == 404


async def test_a_request_sent_again_under_its_key_gives_the_first_answer(client: httpx.AsyncClient) -> None:
    answers = [await client.post("/v1/ad-metrics", json=report(), headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    assert [(one.status_code, one.json()["outcome"]) for one in answers] == [(201, "new"), (201, "new")]
    assert answers[1].headers["idempotency-replayed"] == "true"


async def test_history_is_kept_for_400_days_and_what_stands_for_good(client: httpx.AsyncClient, db: Database) -> None:
    first = await sent(client, at(1, clicks=10))
    await sent(client, at(2, clicks=12))
    ((_, kept),) = ads.KEPT
    await db.write(_aged, kept + timedelta(days=1), by=BY)
    await sent(client, at(3, clicks=14))
    assert await sweep(db, ads.KEPT) == 2
    metric = await read(client, first["metric_id"])
    assert (metric["clicks"], [one["clicks"] for one in metric["revisions"]]) == (14, [14])
    assert (await sent(client, at(1, clicks=10)))["outcome"] == "kept"
    assert (await read(client, first["metric_id"]))["clicks"] == 14


async def test_the_metrics_of_one_account_are_found_and_sorted_by_an_index(tmp_path: Path) -> None:
    """As SQLite says of itself; PostgreSQL would not use one for a table without rows."""
    url = f"sqlite:///{tmp_path}/campaign.db"
    create_tables(url, tables.metadata)
    asked = "SELECT * FROM ad_metrics WHERE account = 'main' ORDER BY updated_at DESC, id DESC LIMIT 50"
    with sqlite3.connect(tmp_path / "campaign.db") as connection:
        ((*_, plan),) = connection.execute(f"EXPLAIN QUERY PLAN {asked}").fetchall()
    assert "ix_ad_metrics_account" in plan


def _aged(tx: Tx, age: timedelta) -> None:
    stored = tx.session.execute(select(func.count()).select_from(revisions)).scalar_one()
    assert stored == 2
    tx.session.execute(update(revisions).values(recorded_at=tx.now - age))
