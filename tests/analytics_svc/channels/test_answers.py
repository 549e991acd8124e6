"""What ads gave, asked over HTTP: counts over everything, money in each currency for itself, null where unknown."""

from datetime import date
from typing import Any

import httpx
import pytest

from services.analytics_svc.channels.handlers import on_ad_metrics_reported
from shared.contracts.campaign import AdMetricReported
from shared.database import Database
from shared.money import Money
from tests.analytics_svc.channels.facts import Row, conversions, euros, reported
from tests.analytics_svc.rooms import handle

USD = Money.of("1.50", "USD")


async def told(client: httpx.AsyncClient, path: str, **asked: Any) -> Row:
    answer = await client.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def channels(client: httpx.AsyncClient, **asked: Any) -> dict[str, Row]:
    return {one["channel"]: one for one in (await told(client, "/v1/channels", **asked))["items"]}


async def grouped(client: httpx.AsyncClient, **asked: Any) -> dict[tuple[Any, ...], Row]:
    items = (await told(client, "/v1/ad-performance", **asked))["items"]
    return {tuple(one["group"].values()): one for one in items}


async def handled(db: Database, *facts: AdMetricReported) -> None:
    await handle(db, on_ad_metrics_reported, facts)


async def test_a_channel_has_sums_means_and_ratios(client: httpx.AsyncClient, db: Database) -> None:
    await handled(
        db,
        reported("m1", impressions=1000, clicks=10, spend=euros("12.50"), conversions=conversions(lead="2.5")),
        reported("m2", impressions=3000, clicks=20, spend=euros("0.000000001"), revenue=euros("50")),
    )
    search = (await channels(client))["search"]
    assert search["impressions"] == {"sum": 4000, "mean": 2000.0, "n": 2}
    assert search["clicks"] == {"sum": 30, "mean": 15.0, "n": 2}
    assert search["conversions"] == {"lead": {"sum": "2.5", "mean": 2.5, "n": 1}}
    assert (search["metrics"], search["ctr"], search["as_of"]) == (2, 0.0075, "2026-01-31T07:00:00Z")
    [money] = search["by_currency"]
    assert money["spend"]["sum"] == {"amount": "12.500000001", "currency": "EUR"}
    assert (money["cpc"], money["cpm"], money["cpa"]) == ("0.416666667", "3.125", {"lead": "5"})
    assert money["roas"] == pytest.approx(50 / 12.500000001, rel=1e-15)


async def test_channels_with_more_impressions_than_asked_for(client: httpx.AsyncClient, db: Database) -> None:
    """As the reference asks: by channel, the sum of impressions, the mean of clicks, impressions > 10,000."""
    facts = [("search", 7000, 10), ("search", 4000, 30), ("email", 10_000, 5), ("social", 9000, 1), ("tv", None, 1)]
    await handled(
        db,
        *(
            reported(f"m{n}", channel=channel, impressions=impressions, clicks=clicks)
            for n, (channel, impressions, clicks) in enumerate(facts)
        ),
    )
    found = await channels(client, min_impressions=10_000)
    assert [(name, one["impressions"]["sum"], one["clicks"]["mean"]) for name, one in found.items()] == [
        ("search", 11_000, 20.0)
    ]
    assert list(await channels(client)) == ["email", "search", "social", "tv"]


async def test_two_currencies_are_never_added_and_counts_are_whole(client: httpx.AsyncClient, db: Database) -> None:
    await handled(
        db,
        reported("m1", impressions=1000, clicks=10, spend=euros("5")),
        reported("m2", impressions=2000, clicks=30, spend=USD),
        reported("m3", impressions=4000, clicks=50),
    )
    search = (await channels(client))["search"]
    assert (search["impressions"]["sum"], search["clicks"]["sum"], search["metrics"]) == (7000, 90, 3)
    assert [
        (one["currency"], one["impressions"], one["spend"]["sum"]["amount"], one["cpc"])
        for one in search["by_currency"]
    ] == [("EUR", 1000, "5.00", "0.5"), ("USD", 2000, "1.50", "0.05")]
    only = (await channels(client, currency="usd"))["search"]
    assert (only["impressions"]["sum"], [one["currency"] for one in only["by_currency"]]) == (2000, ["USD"])
    assert list(await grouped(client, group_by="currency")) == [("EUR",), ("USD",), (None,)]


async def test_what_nobody_reported_is_null_and_what_divides_by_nothing_too(
    client: httpx.AsyncClient, db: Database
) -> None:
    await handled(db, reported("m1", clicks=0, spend=euros("0"), conversions=conversions(lead="0")))
    search = (await channels(client))["search"]
    assert search["impressions"] == {"sum": None, "mean": None, "n": 0}
    assert (search["clicks"], search["ctr"]) == ({"sum": 0, "mean": 0.0, "n": 1}, None)
    [money] = search["by_currency"]
    assert (money["impressions"], money["cpc"], money["cpm"], money["roas"]) == (None, None, None, None)
    assert (money["cpa"], money["revenue"]) == ({"lead": None}, {"sum": None, "mean": None, "n": 0})


async def test_figures_are_grouped_by_columns_and_dimensions(client: httpx.AsyncClient, db: Database) -> None:
    ages = ("18-24", "25-34")
    await handled(
        db,
        *(
            reported(f"{age}{ad}", ad=ad, dimensions={"age": age, "gender": "F"}, impressions=number)
            for number, (age, ad) in enumerate([(age, ad) for age in ages for ad in ("a", "b")], start=1)
        ),
        reported("plain", channel="email", campaign="", impressions=100, day=date(2026, 1, 29)),
    )
    by_age = await grouped(client, group_by="age")
    assert {group: one["impressions"]["sum"] for group, one in by_age.items()} == {
        ("18-24",): 3,
        ("25-34",): 7,
        (None,): 100,
    }
    by_ad = await grouped(client, group_by="ad,gender", channel="search")
    assert {group: one["impressions"]["sum"] for group, one in by_ad.items()} == {("a", "F"): 4, ("b", "F"): 6}
    by_day = await grouped(client, group_by="day,campaign")
    assert {group: one["impressions"]["sum"] for group, one in by_day.items()} == {
        ("2026-01-29", None): 100,
        ("2026-01-30", "brand"): 10,
    }
    only_day = await told(client, "/v1/ad-performance", **{"from": "2026-01-30", "to": "2026-01-30"})
    assert (only_day["totals"]["impressions"]["sum"], only_day["group_by"]) == (10, ["channel"])
    assert (await told(client, "/v1/ad-performance", group_by="ad, ad"))["group_by"] == ["ad"]
    assert (await told(client, "/v1/ad-performance", ad="b"))["totals"]["impressions"]["sum"] == 6


async def test_every_answer_says_as_of_when(client: httpx.AsyncClient, db: Database) -> None:
    assert await told(client, "/v1/channels") == {"items": [], "as_of": None}
    assert (await told(client, "/v1/ad-performance", group_by="age"))["as_of"] is None
    await handled(db, reported("m1", 1, clicks=1), reported("m2", 3, clicks=1, channel="email"))
    assert (await told(client, "/v1/channels"))["as_of"] == "2026-01-31T09:00:00Z"
    assert (await told(client, "/v1/ad-performance", channel="search"))["as_of"] == "2026-01-31T07:00:00Z"


@pytest.mark.parametrize(
    ("path", "asked", "pointer"),
    [
        ("/v1/ad-performance", {"group_by": "channel,agee"}, "/query/group_by"),
        ("/v1/ad-performance", {"group_by": "channel,,day"}, "/query/group_by"),
        ("/v1/ad-performance", {"group_by": "a b"}, "/query/group_by"),
        ("/v1/ad-performance", {"from": "2026-02-30"}, "/query/from"),
        ("/v1/ad-performance", {"to": "1738195200"}, "/query/to"),
        ("/v1/ad-performance", {"from": "2026-01-31", "to": "2026-01-30"}, "/query/to"),
        ("/v1/channels", {"currency": "EURO"}, "/query/currency"),
        ("/v1/channels", {"min_impressions": -1}, "/query/min_impressions"),
        ("/v1/channels", {"min_impressions": 2**63}, "/query/min_impressions"),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_name(
    client: httpx.AsyncClient, db: Database, path: str, asked: Row, pointer: str
) -> None:
    await handled(db, reported(dimensions={"age": "18-24"}, clicks=1))
    answer = await client.get(path, params=asked)
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_name_that_no_metric_ever_had_is_refused_by_that_name(client: httpx.AsyncClient, db: Database) -> None:
    """As a misspelt name is no empty answer. One that only older days have is known."""
    await handled(db, reported(dimensions={"age": "18-24"}, clicks=1))
    [error] = (await client.get("/v1/ad-performance", params={"group_by": "gendre"})).json()["errors"]
    assert "no metric has the dimension gendre" in error["detail"].lower()
    assert await grouped(client, group_by="age", **{"from": "2026-02-01"}) == {}
