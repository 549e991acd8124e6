"""The second flow from outside: companies from a file and an ad network's figures in, what follows from them out."""

import csv
import io
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx

from services.demo.companies import companies_file
from services.demo.market import JOURNEY, network_until_yesterday
from services.demo.network import AdNetwork
from services.demo.outside import Outside, outside
from shared.clock import utc_now
from tests.e2e.system import System
from tests.eventually import eventually

SEED = 3
SECONDS = 180
FILE = {"kind": "companies", "constant": "currency=EUR", "map": "name=customer"}


async def figures_are_followed_up(system: System) -> None:
    network = network_until_yesterday(SEED)
    async with (
        outside(network) as world,
        system.client("customer") as customer,
        system.client("campaign") as campaign,
        system.client("analytics") as analytics,
    ):
        await alarms_go_to(world, campaign)
        await made(campaign, "/v1/connectors", network.connector(world.network_url))
        job = await imported(customer)
        await eventually(lambda: industries_are(analytics, SEED), seconds=SECONDS)
        assert (await got(customer, f"/v1/imports/{job}"))["rejected"] == 0
        await eventually(lambda: channels_are(analytics, network), seconds=SECONDS)
        await the_bad_day_is_told(world, campaign, analytics)
        await a_person_says_yes(campaign)


async def alarms_go_to(world: Outside, campaign: httpx.AsyncClient) -> None:
    endpoint = await made(campaign, "/v1/webhooks", {"name": "warehouse", "url": world.receiver_url})
    world.receiver.secret = endpoint["secret"]
    await made(campaign, "/v1/journeys", JOURNEY)


async def imported(customer: httpx.AsyncClient) -> str:
    content = companies_file(66, SEED)
    answer = await customer.post("/v1/imports", params=FILE, content=content, headers={"content-type": "text/csv"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def industries_are(analytics: httpx.AsyncClient, seed: int) -> bool:
    """As added up from the file, to the cent."""
    expected: defaultdict[str, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for row in csv.DictReader(io.StringIO(companies_file(66, seed).decode())):
        if row["profit"]:
            n, revenue = expected[row["industry"]]
            expected[row["industry"]] = n + 1, revenue + Decimal(row["revenue"])
    found = (await got(analytics, "/v1/industries"))["items"]
    return {one["industry"]: (one["n"], Decimal(one["revenue"])) for one in found} == dict(expected)


async def channels_are(analytics: httpx.AsyncClient, network: AdNetwork) -> bool:
    """As the network says it was, which was pulled page by page through its 429s."""
    expected: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    day = utc_now().date()
    for row in network.rows(day - timedelta(days=90), day):
        figures = row["metrics"]
        for place, name in enumerate(("impressions", "clicks", "cost_micros")):
            expected[row["campaign"]["channel"]][place] += figures[name]
    found = {one["channel"]: _figures(one) for one in (await got(analytics, "/v1/channels"))["items"]}
    return found == dict(expected)


def _figures(channel: dict[str, Any]) -> list[int]:
    (money,) = channel["by_currency"]
    micros = Decimal(money["spend"]["sum"]["amount"]) * 1_000_000
    return [channel["impressions"]["sum"], channel["clicks"]["sum"], int(micros)]


async def the_bad_day_is_told(world: Outside, campaign: httpx.AsyncClient, analytics: httpx.AsyncClient) -> None:
    """By an alarm of that campaign and no other, a task for each, and a signed message for each."""

    async def alarms() -> list[dict[str, Any]] | None:
        found: list[dict[str, Any]] = (await got(analytics, "/v1/anomalies?severity=alarm&limit=200"))["items"]
        return found if "spend" in {one["measure"] for one in found} else None

    found = await eventually(alarms, seconds=SECONDS)
    bad = world.network.bad_series
    assert {one["series"] for one in found} == {bad}

    async def told() -> bool:
        tasks = (await got(campaign, f"/v1/tasks?about={bad}"))["items"]
        return len(tasks) == len(world.receiver.got) == len(found)

    await eventually(told, seconds=SECONDS)
    messages = [message["data"] for message in world.receiver.got.values()]
    assert {(message["about"], message["contact_id"]) for message in messages} == {(bad, None)}
    assert {message["facts"]["measure"] for message in messages} == {one["measure"] for one in found}


async def a_person_says_yes(campaign: httpx.AsyncClient) -> None:
    async def waiting() -> list[dict[str, Any]] | None:
        found: list[dict[str, Any]] = (await got(campaign, "/v1/approvals?state=waiting"))["items"]
        return found or None

    approval = (await eventually(waiting, seconds=SECONDS))[0]
    said = {"content_hash": approval["content_hash"], "note": "Agreed."}
    decided = await made(campaign, f"/v1/approvals/{approval['id']}/approve", said, status=200)
    assert decided["state"] == "approved"
    budgets = {one["series"]: one["daily_budget"] for one in (await got(campaign, "/v1/budgets"))["items"]}
    assert budgets[approval["series"]] == approval["daily_budget"]


async def made(client: httpx.AsyncClient, path: str, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
    answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def got(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()
