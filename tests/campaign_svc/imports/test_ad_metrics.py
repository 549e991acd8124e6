"""Ad metrics from files of the networks, as they come: the practice files give the expected totals."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from services.campaign_svc.ads.models import metrics
from services.campaign_svc.imports.room import KINDS
from services.campaign_svc.tables import tables
from shared.money import NANOS
from tests.fixtures import MakeDatabase
from tests.shared.imports.world import World, world_of
from tests.shared.practice import practice_bytes, practice_json

FACEBOOK = {
    "kind": "ad-metrics",
    "constant": ["channel=facebook", "currency=USD"],
    "date_format": "%d-%m-%Y",
    "map": [
        "campaign=xyz_campaign_id",
        "dimensions.age=age",
        "dimensions.gender=gender",
        "dimensions.interest=interest",
        "conversions.total=Total_Conversion",
        "conversions.approved=Approved_Conversion",
    ],
}
SMALL = b"channel,campaign,day,clicks,spend,currency\n"


@pytest.fixture
async def world(make_database: MakeDatabase, tmp_path: Path) -> AsyncIterator[World]:
    async with world_of(KINDS, make_database(tables.metadata), tmp_path) as opened:
        yield opened


async def totals(world: World) -> Any:
    columns = metrics.c
    sums = [func.sum(c) for c in (columns.impressions, columns.clicks, columns.spend_units, columns.spend_nanos)]
    return await world.db.read(lambda session: session.execute(select(func.count(), *sums)).one())


async def test_the_facebook_file_gives_the_expected_totals(world: World) -> None:
    expected = practice_json("ads/expected.json")["facebook_ads.csv"]
    raw = practice_bytes("ads/facebook_ads.csv")
    job = await world.imported(raw, **FACEBOOK)
    assert (job["state"], job["created"], job["rejected"]) == ("done", expected["rows"], 0)
    count, impressions, clicks, units, nanos = await totals(world)
    assert (count, impressions, clicks) == (
        expected["rows"],
        expected["totals"]["Impressions"],
        expected["totals"]["Clicks"],
    )
    assert f"{(int(units) * NANOS + int(nanos)) / NANOS:.6f}" == f"{expected['totals']['Spent']:.6f}"
    again = await world.imported(raw, **FACEBOOK)
    assert (again["unchanged"], again["created"] + again["changed"] + again["rejected"]) == (expected["rows"], 0)


async def test_googles_micros_are_scaled(world: World) -> None:
    raw = practice_bytes("ads/google_ads_campaign_stats_data.csv")
    params = {
        "kind": "ad-metrics",
        "constant": ["channel=google", "currency=USD"],
        "map": ["spend=cost_micros", "campaign=id", "dimensions.device=device", "dimensions.network=ad_network_type"],
        "scale": "spend=0.000001",
    }
    seen = (await world.preview(raw, **params)).json()
    assert seen["first"][0]["stored"]["spend"] == {"amount": "36.15", "currency": "USD"}
    assert seen["rejected"] == 0


async def test_linkedins_blanks_are_unknown_and_not_zero(world: World) -> None:
    raw = practice_bytes("ads/linkedin_ad_analytics_by_campaign_data.csv")
    params = {
        "kind": "ad-metrics",
        "constant": ["channel=linkedin", "currency=USD"],
        "map": ["spend=cost_in_usd", "revenue=conversion_value_in_local_currency"],
    }
    seen = (await world.preview(raw, **params)).json()
    first = seen["first"][0]["stored"]
    assert (first["day"], first["clicks"], first["impressions"]) == ("2020-04-06", 18, None)
    assert seen["rejected"] == 0


async def test_a_correction_is_a_change_and_something_older_is_not(world: World) -> None:
    params = {"kind": "ad-metrics"}
    row = b"search,brand,2026-01-30,%d,1.50,EUR\n"
    await world.imported(SMALL + row % 5, constant="as_of=2026-02-02T00:00:00Z", **params)
    older = (await world.preview(SMALL + row % 6, constant="as_of=2026-02-01T00:00:00Z", **params)).json()
    assert (older["unchanged"], older["would_change"]) == (1, 0)
    newer = await world.imported(SMALL + row % 7, constant="as_of=2026-02-03T00:00:00Z", **params)
    assert (newer["changed"], newer["created"]) == (1, 0)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (b"search,brand,2026-01-30,1,1.5,\n", "currency"),
        (b"search,brand,2026-02-30,1,1.5,EUR\n", "day"),
        (b"search,brand,2026-01-30,-1,1.5,EUR\n", "clicks"),
        (b"search,brand,2026-01-30,9223372036854775808,1.5,EUR\n", "clicks"),
        (b"search,brand,2026-01-30,1,NaN,EUR\n", "spend"),
        (b"search,brand,2026-01-30,1,-1.5,EUR\n", "spend"),
        (b",brand,2026-01-30,1,1.5,EUR\n", "channel"),
    ],
)
async def test_a_bad_row_is_named_by_its_field(world: World, row: bytes, field: str) -> None:
    seen = (await world.preview(SMALL + row + b"search,other,2026-01-30,1,1,EUR\n", kind="ad-metrics")).json()
    assert (seen["would_create"], seen["rejected"]) == (1, 1)
    [reject] = seen["rejects"]
    assert (reject["row"], [error["pointer"] for error in reject["errors"]]) == (1, [f"/{field}"])
