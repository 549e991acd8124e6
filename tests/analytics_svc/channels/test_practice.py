"""Real exports of ad networks, put in as a user would and asked for over HTTP, give what was worked out independently.

Both services are the real ones; their facts are carried from one to the other by hand.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.analytics_svc import channels
from services.analytics_svc.channels.handlers import on_ad_metrics_reported
from services.analytics_svc.tables import tables as analytics_tables
from services.campaign_svc.ads import room as ads
from services.campaign_svc.tables import tables as campaign_tables
from shared.database import Database
from tests.analytics_svc.rooms import client_of, forget_stated, handle, stated
from tests.fixtures import MakeDatabase
from tests.shared.practice import practice_csv, practice_json

Row = dict[str, Any]

OF_NETWORKS = {
    "google_ads": "ads/google_ads_campaign_stats_data.csv",
    "facebook_ads": "ads/facebook_ads_basic_ad_data.csv",
    "linkedin": "ads/linkedin_ad_analytics_by_campaign_data.csv",
}


@dataclass
class Both:
    """Ad metrics go in at campaign_svc, figures come out of analytics_svc."""

    campaign: httpx.AsyncClient
    analytics: httpx.AsyncClient
    db: Database

    async def report(self, rows: Iterable[Row]) -> list[Row]:
        rows, results = list(rows), []
        for start in range(0, len(rows), 1000):
            sent = {"metrics": rows[start : start + 1000]}
            answer = await self.campaign.post("/v1/ad-metrics:batch", json=sent)
            assert answer.status_code == 200, answer.text
            results += answer.json()["results"]
        facts = await stated(self.db)
        for start in range(0, len(facts), 500):
            await handle(self.db, on_ad_metrics_reported, facts[start : start + 500])
        await forget_stated(self.db)
        return results

    async def ask(self, path: str, **asked: str) -> Row:
        answer = await self.analytics.get(path, params=asked)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture
async def both(make_database: MakeDatabase, tmp_path: Path) -> AsyncIterator[Both]:
    make_database(campaign_tables.metadata)
    db = make_database(analytics_tables.metadata)
    folders = tmp_path / "campaign", tmp_path / "analytics"
    for folder in folders:
        folder.mkdir()
    async with (
        client_of(ads, db, folders[0], ["ad-metrics:write"]) as campaign,
        client_of(channels, db, folders[1], ["channels:read"]) as analytics,
    ):
        yield Both(campaign, analytics, db)


def dollars(amount: Decimal | str) -> Row:
    return {"amount": f"{Decimal(amount):f}", "currency": "USD"}


def ad_of_facebook(row: dict[str, str]) -> Row:
    return {
        "channel": "facebook",
        "campaign": row["xyz_campaign_id"],
        "ad": row["ad_id"],
        "day": datetime.strptime(row["Date"], "%d-%m-%Y").date().isoformat(),
        "dimensions": {name: row[name] for name in ("age", "gender", "interest")},
        "impressions": int(row["Impressions"]),
        "clicks": int(row["Clicks"]),
        "spend": dollars(row["Spent"]),
        "conversions": {"total": row["Total_Conversion"], "approved": row["Approved_Conversion"]},
        "as_of": "2023-09-01T00:00:00Z",
    }


def of_google(row: dict[str, str]) -> Row:
    return {
        "channel": "google_ads",
        "account": row["customer_id"],
        "campaign": row["base_campaign"],
        "day": row["date"],
        "dimensions": {"device": row["device"], "network": row["ad_network_type"]},
        "impressions": int(row["impressions"]),
        "clicks": int(row["clicks"]),
        "spend": dollars(Decimal(row["cost_micros"]).scaleb(-6)),
        "conversions": {"all": row["conversions"]},
    }


def of_facebook(row: dict[str, str]) -> Row:
    return {
        "channel": "facebook_ads",
        "account": row["account_id"],
        "ad": row["ad_id"],
        "day": row["date"],
        "impressions": int(row["impressions"]),
        "clicks": int(row["inline_link_clicks"]),
        "spend": dollars(row["spend"]),
    }


def of_linkedin(row: dict[str, str]) -> Row:
    return {
        "channel": "linkedin",
        "campaign": row["campaign_id"],
        "day": row["day"][:10],
        "impressions": int(row["impressions"]) if row["impressions"] else None,
        "clicks": int(row["clicks"]) if row["clicks"] else None,
        "spend": dollars(row["cost_in_local_currency"]) if row["cost_in_local_currency"] else None,
    }


READERS = {"google_ads": of_google, "facebook_ads": of_facebook, "linkedin": of_linkedin}


def told(figures: Row) -> Row:
    """An answer under the names of the expected one, rounded as that is."""
    [money] = figures["by_currency"]
    return {
        "Impressions": figures["impressions"]["sum"],
        "Clicks": figures["clicks"]["sum"],
        "Spent": _rounded(money["spend"]["sum"]["amount"]),
        "Total_Conversion": _rounded(figures["conversions"]["total"]["sum"]),
        "Approved_Conversion": _rounded(figures["conversions"]["approved"]["sum"]),
        "ads": figures["metrics"],
        "CTR": _rounded(figures["ctr"]),
        "CPC": _rounded(money["cpc"]),
        "CPM": _rounded(money["cpm"]),
        "CPA_total": _rounded(money["cpa"]["total"]),
        "CPA_approved": _rounded(money["cpa"]["approved"]),
    }


def _rounded(number: Any) -> float:
    return float(round(Decimal(str(number)), 6))


def expected(row: Row, *keys: str) -> Row:
    return {name: value for name, value in row.items() if name not in {*keys, "CVR_total_per_click"}}


async def test_the_ads_of_facebook_give_the_expected_figures(both: Both) -> None:
    wanted = practice_json("ads/expected.json")["facebook_ads.csv"]
    rows = [ad_of_facebook(row) for row in practice_csv("ads/facebook_ads.csv")]
    assert {one["outcome"] for one in await both.report(rows)} == {"new"}
    [facebook] = (await both.ask("/v1/channels", min_impressions="10000"))["items"]
    assert told(facebook) == expected(wanted["totals"])
    assert facebook["by_currency"][0]["spend"]["sum"]["amount"] == "58705.229958205"
    by_campaign = (await both.ask("/v1/ad-performance", group_by="campaign"))["items"]
    assert {one["group"]["campaign"]: told(one) for one in by_campaign} == {
        str(row["xyz_campaign_id"]): expected(row, "xyz_campaign_id") for row in wanted["by_campaign"]
    }
    answer = await both.ask("/v1/ad-performance", group_by="age,gender")
    assert {tuple(one["group"].values()): told(one) for one in answer["items"]} == {
        (row["age"], row["gender"]): expected(row, "age", "gender") for row in wanted["by_age_gender"]
    }
    assert told(answer["totals"]) == expected(wanted["totals"])


async def test_ads_that_nobody_clicked_are_counted_and_cost_nothing_for_each_click(both: Both) -> None:
    wanted = practice_json("ads/expected.json")["facebook_ads.csv"]
    await both.report(ad_of_facebook(row) for row in practice_csv("ads/facebook_ads.csv"))
    by_ad = (await both.ask("/v1/ad-performance", group_by="ad"))["items"]
    idle = [one for one in by_ad if one["clicks"]["sum"] == 0]
    assert (len(by_ad), len(idle)) == (wanted["rows"], wanted["zero_click_ads"])
    assert {one["by_currency"][0]["cpc"] for one in idle} == {None}
    by_interest = (await both.ask("/v1/ad-performance", group_by="interest"))["items"]
    approved = {one["group"]["interest"]: int(one["conversions"]["approved"]["sum"]) for one in by_interest}
    assert {name: approved[name] for name in wanted["top_interest_by_approved"]} == wanted["top_interest_by_approved"]


async def test_the_raw_exports_of_three_networks_give_the_expected_totals(both: Both) -> None:
    wanted = practice_json("ads/expected.json")["raw_exports"]
    rows = [READERS[network](row) for network, path in OF_NETWORKS.items() for row in practice_csv(path)]
    assert {one["status"] for one in await both.report(rows)} == {201}
    found = {one["channel"]: one for one in (await both.ask("/v1/channels"))["items"]}
    assert {
        network: (
            one["metrics"],
            one["impressions"]["sum"],
            one["clicks"]["sum"],
            float(one["by_currency"][0]["spend"]["sum"]["amount"]),
        )
        for network, one in found.items()
    } == {network: (row["rows"], row["impressions"], row["clicks"], row["spend"]) for network, row in wanted.items()}
    blank = sum(not row["impressions"] for row in practice_csv(OF_NETWORKS["linkedin"]))
    assert found["linkedin"]["impressions"]["n"] == wanted["linkedin"]["rows"] - blank


async def test_the_same_file_again_changes_nothing(both: Both) -> None:
    rows = [ad_of_facebook(row) for row in practice_csv("ads/facebook_ads.csv")]
    await both.report(rows)
    first = await both.ask("/v1/ad-performance", group_by="campaign,day")
    assert {one["outcome"] for one in await both.report(rows)} == {"same"}
    assert await both.ask("/v1/ad-performance", group_by="campaign,day") == first
