"""One local system, asked what an operator asks of it: where did this come from, what changed, who was told what."""

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.leads import grade_a, grade_b, grade_c
from tests.e2e.system import SERVICES, System, local, running
from tests.eventually import eventually

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"

Entries = list[dict[str, Any]]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running(local(tmp_path_factory.mktemp("explained"), RAINMAKER_LOG_FORMAT="json")) as system:
        yield system


async def get(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def entries(customer: httpx.AsyncClient, contact: str, *wanted: str) -> Entries:
    """The timeline, oldest first, as soon as all of these are on it."""

    async def found() -> Entries | None:
        items: Entries = (await get(customer, f"/v1/contacts/{contact}/timeline?sort=occurred_at&limit=200"))["items"]
        return items if set(wanted) <= {entry["kind"] for entry in items} else None

    return await eventually(found)


async def lines(system: System, trace: str, event: str) -> Entries:
    """Lines of the log with this event in this trace, as soon as there is one."""
    log = system.processes["serve"].log

    async def found() -> Entries:
        read = await asyncio.to_thread(lambda: log.read_text().splitlines())
        told = [json.loads(line) for line in read if line.startswith("{")]
        return [line for line in told if line.get("trace_id") == trace and line["event"] == event]

    return await eventually(found)


async def test_one_trace_leads_from_the_request_to_the_follow_up_and_each_entry_names_its_cause(
    system: System,
) -> None:
    async with system.client("customer") as customer, system.client("campaign") as campaign:
        answer = await customer.post("/v1/leads", json=grade_a("trace"), headers={"traceparent": PARENT})
        assert answer.headers["traceparent"].split("-")[1] == TRACE
        contact = answer.json()["contact_id"]
        told = await entries(
            customer, contact, "lead.captured", "lead.scored", "decision.made", "action.sent", "action.done"
        )
        assert {entry["trace_id"] for entry in told} == {TRACE}
        _each_names_an_earlier_one(told)
        for path in ("decisions", "actions"):
            items = (await get(campaign, f"/v1/{path}?contact={contact}"))["items"]
            assert len(items) == 2 and {one["trace_id"] for one in items} == {TRACE}, path
        (line,) = await lines(system, TRACE, "request")
        assert (line["method"], line["route"], line["status"]) == ("POST", "/v1/leads", 201)
        assert line["request_id"] == answer.headers["X-Request-Id"] and line["principal"].startswith("user:")


def _each_names_an_earlier_one(told: Entries) -> None:
    ids = {entry["id"]: entry["kind"] for entry in told}
    causes = {entry["kind"]: ids.get(entry["cause"]) for entry in told}
    assert causes["lead.captured"] is None
    assert causes["lead.scored"] == "lead.captured"
    assert causes["decision.made"] == causes["action.sent"] == causes["action.done"] == "lead.scored"


CANARY = {"email": "canary.bird@nest.example", "name": "Zaphira Quillfeather", "message": "Ring me at 030 901820"}


async def test_a_refused_lead_leaves_nothing_personal_in_the_log(system: System) -> None:
    async with system.client("customer") as customer:
        wrong = {"source": "website", "country": "Zaphiraland"} | CANARY
        refused = await customer.post("/v1/leads", json=wrong, headers={"traceparent": PARENT.replace("0af7", "1af7")})
        assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/country"
        for who in ({"email": CANARY["email"]}, {"external_id": "crm-canary"}):
            assert (await customer.post("/v1/leads", json={"source": "website"} | who)).status_code == 201
        both = {"source": "website", "external_id": "crm-canary"} | CANARY
        assert (await customer.post("/v1/leads", json=both)).status_code == 409
        (line,) = await lines(system, TRACE.replace("0af7", "1af7"), "request")
        assert line["status"] == 422
    log = (await asyncio.to_thread(system.processes["serve"].log.read_text)).casefold()
    for word in ("canary", "nest.example", "zaphira", "quillfeather", "901820"):
        assert word not in log


async def test_fifty_observations_and_an_edited_journey_send_one_mail(system: System) -> None:
    async with system.client("customer") as customer, system.client("campaign") as campaign:
        lead = grade_b("fifty")
        contact = (await customer.post("/v1/leads", json=lead)).json()["contact_id"]
        await entries(customer, contact, "action.sent")
        await edit_the_welcome(campaign)
        rows = [lead | {"name": f"Fifty {n}"} for n in range(49)]
        results = (await customer.post("/v1/leads:batch", json={"leads": rows})).json()["results"]
        assert {(one["status"], one["contact_id"]) for one in results} == {(200, contact)}

        async def decided() -> bool:
            return len((await get(campaign, f"/v1/decisions?contact={contact}&limit=200"))["items"]) == 2 * 50

        await eventually(decided)
        made = (await get(campaign, f"/v1/decisions?contact={contact}&limit=200"))["items"]
        welcomes = [one for one in made if one["journey_name"].startswith("Welcome")]
        assert {one["journey_version"] for one in welcomes} == {1, 2}
        assert sum(one["acted"] for one in welcomes) == 1
    mails = await asyncio.to_thread(lambda: [path.read_text() for path in system.mailbox.glob("*.eml")])
    assert sum("fifty@mill.example" in mail for mail in mails) == 1


async def edit_the_welcome(campaign: httpx.AsyncClient) -> None:
    (journey,) = [one for one in (await get(campaign, "/v1/journeys"))["items"] if one["name"] == "Welcome"]
    fields = ("name", "entry", "when", "repeat", "actions", "on")
    wanted = {name: journey[name] for name in fields} | {"name": "Welcome, all"}
    stale = await campaign.put(f"/v1/journeys/{journey['id']}", json=wanted, headers={"If-Match": '"9"'})
    assert stale.status_code == 412
    changed = await campaign.put(f"/v1/journeys/{journey['id']}", json=wanted, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')


@pytest.mark.parametrize("service", SERVICES)
async def test_each_service_shows_its_own_metrics_only(system: System, service: str) -> None:
    async with system.client(service) as client:
        for _ in range(2):
            page = (await client.get("/metrics")).text
    assert set(re.findall(r'service="(\w+)"', page)) == {service}
    assert f'rainmaker_requests_total{{outcome="ok",route="GET /metrics",service="{service}"}}' in page
    assert not re.search(r"(con|obs|evt|act|req)_[0-9a-z]{26}", page)


async def test_changed_points_are_obeyed_by_the_next_lead_without_a_restart(system: System) -> None:
    async with system.client("customer") as customer, system.client("analytics") as analytics:
        before = (await customer.post("/v1/leads", json=grade_c("before"))).json()["contact_id"]
        await entries(customer, before, "lead.scored")
        points = await analytics.get("/v1/scoring/points")
        wanted = {name: points.json()[name] for name in ("fit", "engagement")} | {"grades": {"A": -90, "B": -95}}
        answer = await analytics.put("/v1/scoring/points", json=wanted, headers={"If-Match": points.headers["ETag"]})
        assert answer.status_code == 200, answer.text
        after = (await customer.post("/v1/leads", json=grade_c("after"))).json()["contact_id"]
        await entries(customer, after, "lead.scored", "action.sent", "action.done")
        scores = [await get(analytics, f"/v1/scores/{one}") for one in (before, after)]
        assert [(one["grade"], one["points_version"]) for one in scores] == [("C", 1), ("A", 2)]
        found = (await get(customer, "/v1/contacts?grade=A&source=purchased_list"))["items"]
        assert [one["id"] for one in found] == [after]
