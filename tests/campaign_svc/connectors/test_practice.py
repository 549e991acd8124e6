"""The raw tables of three ad networks, pulled as CSV files: the sums that their publishers know."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from services.campaign_svc.ads.models import metrics
from tests.campaign_svc.connectors.world import World
from tests.shared.practice import practice_bytes, practice_json
from tests.shared.receiver import ok, receiving, saying

GOOGLE = {
    "channel": {"value": "search"},
    "account": {"path": "customer_id"},
    "campaign": {"path": "id"},
    "day": {"path": "date"},
    "dimensions": {"device": {"path": "device"}, "network": {"path": "ad_network_type"}},
    "impressions": {"path": "impressions"},
    "clicks": {"path": "clicks"},
    "spend": {"path": "cost_micros", "scale": "0.000001"},
    "currency": {"value": "USD"},
    "conversions": {"conversion": {"path": "conversions"}},
    "as_of": {"path": "_fivetran_synced", "format": "%Y-%m-%d %H:%M:%S"},
}
FACEBOOK = {
    "channel": {"value": "facebook"},
    "account": {"path": "account_id"},
    "ad": {"path": "ad_id"},
    "day": {"path": "date"},
    "impressions": {"path": "impressions"},
    "clicks": {"path": "inline_link_clicks"},
    "spend": {"path": "spend"},
    "currency": {"value": "USD"},
}
LINKEDIN = {
    "channel": {"value": "linkedin"},
    "campaign": {"path": "campaign_id"},
    "day": {"path": "day", "format": "%Y-%m-%d %H:%M:%S"},
    "impressions": {"path": "impressions"},
    "clicks": {"path": "clicks"},
    "spend": {"path": "cost_in_usd"},
    "currency": {"value": "USD"},
    "as_of": {"path": "_fivetran_synced", "format": "%Y-%m-%d %H:%M:%S.%f"},
}
KAGGLE = {
    "channel": {"value": "facebook"},
    "campaign": {"path": "xyz_campaign_id"},
    "ad": {"path": "ad_id"},
    "day": {"path": "Date", "format": "%d-%m-%Y"},
    "dimensions": {name: {"path": name} for name in ("age", "gender", "interest")},
    "impressions": {"path": "Impressions"},
    "clicks": {"path": "Clicks"},
    "spend": {"path": "Spent"},
    "currency": {"value": "USD"},
    "conversions": {"total": {"path": "Total_Conversion"}, "approved": {"path": "Approved_Conversion"}},
}


NAMES = "impressions clicks spend"


@pytest.mark.parametrize(
    ("file", "mapping", "where", "names"),
    [
        ("google_ads_campaign_stats_data.csv", GOOGLE, ("raw_exports", "google_ads"), NAMES),
        ("facebook_ads_basic_ad_data.csv", FACEBOOK, ("raw_exports", "facebook_ads"), NAMES),
        (
            "linkedin_ad_analytics_by_campaign_data.csv",
            LINKEDIN,
            ("raw_exports", "linkedin"),
            "impressions clicks spend",
        ),
        ("facebook_ads.csv", KAGGLE, ("facebook_ads.csv", "totals"), "Impressions Clicks Spent"),
    ],
)
async def test_what_is_pulled_adds_up_to_what_is_known(
    world: World, file: str, mapping: dict[str, Any], where: tuple[str, str], names: str
) -> None:
    body, expected = practice_bytes(f"ads/{file}"), practice_json("ads/expected.json")
    async with receiving(saying(ok(body))) as server:
        connector = {"name": file, "url": server.url(), "format": "csv", "mapping": mapping}
        pull = await world.pull(await world.create(connector))
    assert (pull["state"], pull["rows_rejected"], pull["rows_new"]) == ("done", 0, body.strip().count(b"\n"))
    known = expected[where[0]][where[1]]
    assert await world.db.read(_sums) == tuple(Decimal(str(known[name])) for name in names.split())


def _sums(session: Session) -> tuple[Decimal, ...]:
    columns = (metrics.c.impressions, metrics.c.clicks, metrics.c.spend_units, metrics.c.spend_nanos)
    row = session.execute(select(*(func.sum(column) for column in columns))).one()
    impressions, clicks, units, nanos = (Decimal(int(one)) for one in row)
    return impressions, clicks, (units + nanos / 10**9).quantize(Decimal("1e-6")).normalize()
