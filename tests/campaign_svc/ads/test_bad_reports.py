"""Reports that cannot be taken: each is refused by the field that is wrong, and changes nothing."""

import httpx
import pytest

from shared.database import Database
from tests.analytics_svc.rooms import stated
from tests.campaign_svc.ads.reports import Row, report

BAD: list[tuple[Row, str]] = [
    ({"spend": {"amount": "5"}}, "/spend/currency"),
    ({"spend": 5}, "/spend"),
    ({"spend": {"amount": "-5", "currency": "EUR"}}, "/spend"),
    ({"spend": {"amount": "NaN", "currency": "EUR"}}, "/spend/amount"),
    ({"revenue": {"amount": "5", "currency": "USD"}}, "/revenue"),
    ({"impressions": -1}, "/impressions"),
    ({"impressions": 1.5}, "/impressions"),
    ({"impressions": "1000"}, "/impressions"),
    ({"clicks": 2**63 - 1}, "/clicks"),
    ({"clicks": 2**63}, "/clicks"),
    ({"conversions": {"lead": -1}}, "/conversions/lead"),
    ({"conversions": {"lead": "NaN"}}, "/conversions/lead"),
    ({"conversions": {"lead": 2.5}}, "/conversions/lead"),
    ({"conversions": {"lead": True}}, "/conversions/lead"),
    ({"day": "2026-02-30"}, "/day"),
    ({"day": 20260130}, "/day"),
    ({"day": "2026-01-30T00:00:00Z"}, "/day"),
    ({"as_of": "2026-01-31"}, "/as_of"),
    ({"channel": ""}, "/channel"),
    ({"channel": "a/b"}, "/channel"),
    ({"dimensions": {"age": 30}}, "/dimensions/age"),
    ({"dimensions": {"channel": "x"}}, "/dimensions"),
    ({"dimensions": {str(n): "x" for n in range(21)}}, "/dimensions"),
    ({"impresions": 5}, "/impresions"),
]


@pytest.mark.parametrize(("change", "pointer"), BAD, ids=lambda value: str(value)[:30])
async def test_what_is_wrong_is_refused_by_field_and_changes_nothing(
    client: httpx.AsyncClient, db: Database, change: Row, pointer: str
) -> None:
    answer = await client.post("/v1/ad-metrics", json=report(**change))
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert (await client.get("/v1/ad-metrics")).json()["items"] == []
    assert await stated(db) == []


@pytest.mark.parametrize("missing", ["channel", "day"])
async def test_a_key_needs_its_parts(client: httpx.AsyncClient, missing: str) -> None:
    row = report()
    del row[missing]
    answer = await client.post("/v1/ad-metrics", json=row)
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{missing}"]


async def test_nan_is_not_json(client: httpx.AsyncClient) -> None:
    raw = '{"channel":"search","day":"2026-01-30","impressions":NaN}'
    answer = await client.post("/v1/ad-metrics", content=raw, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/impressions")
