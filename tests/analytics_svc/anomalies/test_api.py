"""Anomalies can be listed by what they are about; the plot is a safe document that says what it shows."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import httpx
import pytest

from shared.database import Database
from tests.analytics_svc.anomalies.ads import TODAY, TOMORROW, counted, reported, tell, usual

SVG = "{http://www.w3.org/2000/svg}"


async def test_anomalies_are_listed_newest_first_and_by_what_they_are_about(
    db: Database, client: httpx.AsyncClient
) -> None:
    await tell(db, usual() + usual(series="social/spring", seed=2))
    await tell(db, [reported(TOMORROW, spend=400), reported(TOMORROW, spend=0, series="social/spring")])
    await tell(db, [reported(TOMORROW, spend=40, sequence=2)])
    shown = (await client.get("/v1/anomalies")).json()["items"]
    assert {one["series"]: one["standing"] for one in shown} == {"search/brand": False, "social/spring": True}
    spring = next(one for one in shown if one["series"] == "social/spring")
    assert (spring["direction"], spring["severity"], spring["actual"], spring["currency"]) == (
        "down",
        "alarm",
        "0.00",
        "EUR",
    )
    assert float(spring["low"]) < float(spring["expected"]) < float(spring["high"])
    assert (await client.get(f"/v1/anomalies/{spring['id']}")).json() == spring
    for asked, wanted in (
        ({"series": "search/brand"}, 1),
        ({"standing": "true"}, 1),
        ({"measure": "clicks"}, 0),
        ({"measure": "spend", "severity": "alarm", "sort": "day"}, 2),
        ({"since": str(TOMORROW)}, 2),
        ({"since": str(TOMORROW + timedelta(days=1))}, 0),
    ):
        assert len((await client.get("/v1/anomalies", params=asked)).json()["items"]) == wanted, asked
    first = (await client.get("/v1/anomalies", params={"limit": 1})).json()
    rest = (await client.get("/v1/anomalies", params={"limit": 1, "cursor": first["next_cursor"]})).json()
    assert {first["items"][0]["id"], rest["items"][0]["id"]} == {one["id"] for one in shown}


async def test_what_is_not_there_or_not_known_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/anomalies/ano_none")).status_code == 404
    for wrong in ("measure=luck", "since=2026-02-30", "since=0", "severity=huge"):
        assert (await client.get(f"/v1/anomalies?{wrong}")).status_code == 422, wrong


async def test_the_plot_shows_figures_band_gaps_and_marks_and_says_so(db: Database, client: httpx.AsyncClient) -> None:
    days = [event for n, event in enumerate(usual(60)) if n not in (40, 41)]
    await tell(db, [*days, reported(TOMORROW, spend=400)])
    answer = await client.get("/v1/ad-performance/plot", params={"series": "search/brand", "from": "2026-01-01"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    drawn = ElementTree.fromstring(answer.content)  # noqa: S314  # our own
    assert drawn.findtext(f"{SVG}title") == "search/brand: spend, 2026-01-01 to 2026-02-01"
    description = drawn.findtext(f"{SVG}desc") or ""
    assert description.startswith("30 days with figures, 1 of them unusual. Alarm: spend of 400.00 EUR on Sunday")
    assert len(drawn.findall(f"{SVG}polygon")) == 2  # the band, before and after the gap
    assert len([path for path in drawn.findall(f"{SVG}path") if path.get("fill") == "none"]) == 2
    assert [
        (group.findtext(f"{SVG}title") or "")[:15]
        for group in drawn.findall(f"{SVG}g")
        if group.find(f"{SVG}title") is not None
    ] == ["spend of 400.00"]
    words = {text.text for text in drawn.findall(f"{SVG}text")}
    assert {"spend (EUR)", "reported", "expected from the days before", "alarm", "day (UTC)"} <= words
    assert "notice" not in words


async def test_the_plot_runs_and_loads_nothing_whatever_names_hold(db: Database, client: httpx.AsyncClient) -> None:
    series = 'a"><script>alert(1)</script>/b&c'
    await tell(db, usual(30, series=series))
    answer = await client.get("/v1/ad-performance/plot", params={"series": series})
    assert "<script" not in answer.text
    assert not any(word in answer.text for word in ("style=", "<style", "href", "url(", "onload"))
    assert ElementTree.fromstring(answer.content).findtext(f"{SVG}title", "").startswith(series)  # noqa: S314
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


async def test_a_channel_a_campaign_of_it_and_every_measure_can_be_plotted(
    db: Database, client: httpx.AsyncClient
) -> None:
    await tell(db, counted(40, clicks=300, conversions=40, spend=300))
    measures = ("impressions", "clicks", "spend", "conversions", "revenue", "ctr", "cpc", "cpm", "cpa", "roas")
    for measure in measures:
        answer = await client.get("/v1/ad-performance/plot", params={"channel": "search", "measure": measure})
        assert answer.status_code == 200
        assert ("no figures in these days" in answer.text) == (measure in ("revenue", "roas")), measure
    named = await client.get("/v1/ad-performance/plot", params={"channel": "search", "campaign": "brand"})
    whole = await client.get("/v1/ad-performance/plot", params={"series": "search/brand"})
    assert named.text == whole.text


@pytest.mark.parametrize("last", ["", "&to=0001-01-02", "&to=9999-12-31"])
async def test_a_plot_of_nothing_says_so(client: httpx.AsyncClient, last: str) -> None:
    answer = await client.get(f"/v1/ad-performance/plot?series=no/body{last}")
    assert answer.status_code == 200
    assert "no figures in these days" in answer.text


async def test_a_day_that_is_not_over_is_drawn_as_such(db: Database, client: httpx.AsyncClient) -> None:
    noon = datetime(TOMORROW.year, TOMORROW.month, TOMORROW.day, 12, tzinfo=UTC)
    await tell(db, [*usual(30), reported(TOMORROW, spend=20, as_of=noon)])
    answer = await client.get("/v1/ad-performance/plot", params={"channel": "search"})
    assert "day not over" in answer.text
    assert "so far" in answer.text


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"series": "a/b", "channel": "a"},
        {"campaign": "b"},
        {"series": "a/b", "measure": "luck"},
        {"series": "a/b", "currency": "euro"},
        {"series": "a/b", "from": "2026-02-01", "to": "2026-01-01"},
        {"series": "a/b", "from": "2020-02-01", "to": "2026-01-01"},
        {"series": "a/b", "from": "2026-02-30"},
    ],
)
async def test_a_plot_that_cannot_be_is_refused_with_a_pointer(
    client: httpx.AsyncClient, asked: dict[str, str]
) -> None:
    answer = await client.get("/v1/ad-performance/plot", params=asked)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/query/")


async def test_of_several_currencies_one_has_to_be_named(db: Database, client: httpx.AsyncClient) -> None:
    await tell(db, usual(30) + usual(30, currency="JPY", seed=2))
    refused = await client.get("/v1/ad-performance/plot", params={"series": "search/brand"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/query/currency")
    assert "EUR, JPY" in refused.json()["errors"][0]["detail"]
    assert (await client.get("/v1/ad-performance/plot?series=search/brand&currency=JPY")).status_code == 200


async def test_a_channel_of_another_case_is_another_channel(db: Database, client: httpx.AsyncClient) -> None:
    await tell(db, usual(until=TODAY - timedelta(days=40), series="Search/brand"))
    await tell(db, usual())
    plot = await client.get("/v1/ad-performance/plot", params={"channel": "Search"})
    assert f"to {TODAY - timedelta(days=40)}" in plot.text
