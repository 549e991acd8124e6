"""The ad network of the demo: the same for the same seed, strict as networks are, and with one day that went wrong."""

from datetime import date, timedelta
from statistics import median

import httpx

from services.demo.network import AFFLICTED, CAMPAIGNS, TOKEN, AdNetwork

LAST = date(2026, 1, 31)
EVERYTHING = {"since": "2025-01-01", "until": "2026-12-31"}


def client(network: AdNetwork, token: str = TOKEN) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(network.app()), base_url="http://ads", headers=headers)


def test_the_same_seed_gives_the_same_figures() -> None:
    assert AdNetwork(LAST, seed=3).figures == AdNetwork(LAST, seed=3).figures
    assert AdNetwork(LAST, seed=3).figures != AdNetwork(LAST, seed=4).figures
    assert len(AdNetwork(LAST).figures) == 60 * len(CAMPAIGNS)
    assert len({one.channel for one in CAMPAIGNS}) == 3


def test_one_campaign_spends_far_more_on_the_bad_day_than_on_such_weekdays_and_the_others_do_not() -> None:
    network = AdNetwork(LAST)
    for one in CAMPAIGNS:
        same = [network.figures[LAST - timedelta(days=7 * week), one.id]["cost_micros"] for week in range(1, 9)]
        times = network.figures[LAST, one.id]["cost_micros"] / median(same)
        assert times > 4 if one is AFFLICTED else 0.6 < times < 1.6


async def test_who_has_no_token_gets_nothing() -> None:
    async with client(AdNetwork(LAST), token="other") as stranger:
        assert (await stranger.get("/v1/reports", params=EVERYTHING)).status_code == 401


async def test_it_pages_and_is_busy_now_and_then() -> None:
    network, rows, statuses, cursor = AdNetwork(LAST), 0, list[int](), "0"
    async with client(network) as asking:
        while cursor:
            answer = await asking.get("/v1/reports", params=EVERYTHING | {"cursor": cursor})
            statuses.append(answer.status_code)
            if answer.is_success:
                rows, cursor = rows + len(answer.json()["data"]), answer.json()["paging"]["next"]
    assert (rows, statuses) == (300, [200, 200, 429, 200])
