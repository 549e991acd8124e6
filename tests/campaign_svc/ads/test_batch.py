"""Many reports in one request: what one row does wrong is that row's own affair, and their order changes nothing."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from sqlmodel import Session, select

from services.campaign_svc.ads.metrics import MetricIn
from services.campaign_svc.ads.models import AdMetric, AdMetricRevision
from services.campaign_svc.ads.reporting import Reported
from services.campaign_svc.ads.reporting import report as take_in
from services.campaign_svc.ads.revising import digest, metric_id
from services.campaign_svc.tables import tables
from shared.database import Database
from tests.analytics_svc.rooms import BY, stated
from tests.campaign_svc.ads.reports import Row, at, report
from tests.fixtures import create_tables


async def batch(client: httpx.AsyncClient, rows: Sequence[Any], **headers: str) -> list[Row]:
    answer = await client.post("/v1/ad-metrics:batch", json={"metrics": rows}, headers=headers)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["results"])


def standing(session: Session) -> list[Row]:
    """What stands, without what depends on when it was stored."""
    apart = {"version", "created_at", "updated_at"}
    found = session.exec(select(AdMetric).order_by(AdMetric.id)).all()
    return [metric.model_dump(exclude=apart) for metric in found]


def versions(session: Session) -> dict[str, int]:
    return {metric.id: metric.version for metric in session.exec(select(AdMetric))}


def kept(session: Session) -> int:
    return len(session.exec(select(AdMetricRevision.id)).all())


def five_hundred(seed: int) -> list[Row]:
    """Reports about ten keys, with few moments and few figures, so that many contradict or repeat each other."""
    chance = random.Random(seed)
    return [
        at(
            chance.randrange(12),
            campaign=f"c{chance.randrange(10)}",
            clicks=chance.choice([None, *range(6)]),
            conversions=chance.choice([{}, {"lead": "0.5"}]),
        )
        for _ in range(500)
    ]


async def test_each_row_has_its_result(client: httpx.AsyncClient) -> None:
    rows = [at(1), at(3, clicks=5), at(2, clicks=7), at(3, clicks=5), at(1, campaign="other")]
    results = await batch(client, rows)
    assert [one["outcome"] for one in results] == ["new", "revised", "kept", "same", "new"]
    assert [one["status"] for one in results] == [201, 200, 200, 200, 201]
    assert [one["index"] for one in results] == list(range(5))
    assert len({one["metric_id"] for one in results[:4]}) == 1
    assert all(one["problem"] is None for one in results)


async def test_one_bad_row_costs_that_row_only(client: httpx.AsyncClient, db: Database) -> None:
    bad = [
        report(day="2026-02-30"),
        report(spend={"amount": "5"}),
        report(clicks=-1),
        "no metric",
        report(impressions=2**62),
        {"channel": "search"},
        report(as_of="9999-12-31T00:00:00Z"),
    ]
    results = await batch(client, [report(), *bad, report(ad="7")])
    assert [one["status"] for one in results] == [201, *[422] * 7, 201]
    pointers = [error["pointer"] for one in results[1:8] for error in one["problem"]["errors"]]
    assert pointers == [
        "/metrics/1/day",
        "/metrics/2/spend/currency",
        "/metrics/3/clicks",
        "/metrics/4",
        "/metrics/5/impressions",
        "/metrics/6/day",
        "/metrics/7/as_of",
    ]
    assert len(await db.read(standing)) == 2


@pytest.mark.parametrize("spoiled", ['"a\\u0000b"', '"a\\ud800"', "9223372036854775808"])
async def test_what_no_database_can_store_costs_its_row_only(client: httpx.AsyncClient, spoiled: str) -> None:
    row = '{"channel":"search","day":"2026-01-30","campaign":"NAME"}'
    spoilt = row.replace('"NAME"', spoiled)
    raw = f'{{"metrics":[{row},{spoilt},{row.replace("NAME", "other")}]}}'
    answer = await client.post("/v1/ad-metrics:batch", content=raw, headers={"Content-Type": "application/json"})
    results = answer.json()["results"]
    assert [one["status"] for one in results] == [201, 422, 201]
    assert results[1]["problem"]["errors"][0]["pointer"] == "/metrics/1/campaign"


async def test_two_revisions_of_one_key_in_one_batch_are_stated_in_order(
    client: httpx.AsyncClient, db: Database
) -> None:
    await batch(client, [at(1, clicks=1)])
    await batch(client, [at(3, clicks=3), at(2, clicks=2), at(4, clicks=4)])
    assert [(fact.sequence, fact.clicks) for fact in await stated(db)] == [(1, 1), (2, 3), (3, 4)]
    assert [row["clicks"] for row in await db.read(standing)] == [4]


@pytest.mark.parametrize("seed", range(3))
async def test_five_hundred_reports_in_any_order_and_twice_leave_the_same_standing(
    client: httpx.AsyncClient, db: Database, seed: int
) -> None:
    rows = five_hundred(seed)
    expected = _by_the_rule(rows)
    chance = random.Random(seed)
    shuffled = rows + chance.sample(rows, 100)
    chance.shuffle(shuffled)
    start = 0
    while start < len(shuffled):
        size = chance.randrange(1, 200)
        await batch(client, shuffled[start : start + size])
        start += size
    assert _told(await db.read(standing)) == expected
    facts = await stated(db)
    assert {fact.metric_id: fact.sequence for fact in facts} == await db.read(versions)
    assert {one["outcome"] for one in await batch(client, rows)} <= {"same", "kept"}
    history = await db.read(kept)
    assert {one["outcome"] for one in await batch(client, rows)} == {"same"}
    assert (len(await stated(db)), await db.read(kept)) == (len(facts), history)
    assert _told(await db.read(standing)) == expected


async def test_a_batch_sent_again_under_its_key_changes_nothing(client: httpx.AsyncClient, db: Database) -> None:
    rows: list[Any] = [report(ad=str(number)) for number in range(600)] + [{"channel": 1}]
    first = await batch(client, rows, **{"Idempotency-Key": "b1"})
    answer = await client.post("/v1/ad-metrics:batch", json={"metrics": rows}, headers={"Idempotency-Key": "b1"})
    assert [one["outcome"] for one in answer.json()["results"]] == [one["outcome"] for one in first]
    assert answer.headers["idempotency-replayed"] == "true"
    assert len(await stated(db)) == 600


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], ""),
        ({}, "/metrics"),
        ({"metrics": []}, "/metrics"),
        ({"metrics": [{}] * 1001}, "/metrics"),
        ({"metrics": [{}], "more": 1}, "/more"),
    ],
)
async def test_what_is_no_batch_is_refused_as_a_whole(client: httpx.AsyncClient, body: object, pointer: str) -> None:
    answer = await client.post("/v1/ad-metrics:batch", json=body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_two_workers_with_the_same_reports_in_opposite_order_settle_on_one_standing(postgres_url: str) -> None:
    create_tables(postgres_url, tables.metadata)
    workers = [Database(postgres_url, service="test") for _ in range(2)]
    rows = five_hundred(9)
    await asyncio.gather(_report_all(workers[0], rows), _report_all(workers[1], rows[::-1]))
    stands, facts, counted = (
        await workers[0].read(standing),
        await stated(workers[0]),
        await workers[0].read(versions),
    )
    for db in workers:
        await db.close()
    assert _told(stands) == _by_the_rule(rows)
    for one, version in counted.items():
        sequences = [fact.sequence for fact in facts if fact.metric_id == one]
        assert sequences == list(range(1, version + 1))


async def _report_all(db: Database, rows: Sequence[Row]) -> list[Reported]:
    metrics = [MetricIn.model_validate(row) for row in rows]
    found: list[Reported] = []
    for start in range(0, len(metrics), 50):
        found += await db.write(take_in, metrics[start : start + 50], by=BY)
    return found


def _by_the_rule(rows: Sequence[Row]) -> list[Any]:
    """What has to stand: of each key the report with the newest time, and of those the greatest digest."""
    read = [MetricIn.model_validate(row) for row in rows]
    stands: dict[str, tuple[Any, ...]] = {}
    for metric in read:
        claim = (metric.as_of, digest(metric), metric.clicks, {kind: str(n) for kind, n in metric.conversions.items()})
        one = metric_id(metric)
        stands[one] = max(stands.get(one, claim), claim, key=lambda told: told[:2])
    return [(one, *stands[one]) for one in sorted(stands)]


def _told(rows: Sequence[Row]) -> list[Any]:
    return [(row["id"], row["as_of"], row["digest"], row["clicks"], row["conversions"]) for row in rows]
