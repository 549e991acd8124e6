"""Actions over HTTP: found by what is known about them, and resolved by a person where nobody else can know."""

from datetime import timedelta

import httpx
import pytest

from shared.contracts.campaign import ActionDone, ActionFailed, ActionSent
from shared.ids import new_id
from shared.types import zulu
from tests.campaign_svc.delivery.world import TASK, World
from tests.real.smtp import CLOSE

ADA = "ada@example.org"


async def unknown_action(world: World) -> str:
    world.mails.faults.data[ADA] = [CLOSE]
    action = await world.email()
    await world.work()
    return action


async def test_an_action_shows_what_led_to_it_and_what_came_of_it(world: World) -> None:
    action = await world.email()
    await world.work()
    async with world.client() as client:
        answer = await client.get(f"/v1/actions/{action}")
    shown = answer.json()
    assert answer.headers["ETag"] == '"2"'
    assert (shown["state"], shown["event_id"], shown["occurrence"]) == ("sent", "evt_of_the_lead", "once")
    assert shown["settled_at"] >= shown["planned_at"]


async def test_an_action_that_waits_says_what_for(world: World) -> None:
    action = await world.email()
    await world.customer.stop()
    await world.work()
    async with world.client() as client:
        shown = (await client.get(f"/v1/actions/{action}")).json()
    assert shown["state"] == "waiting"
    assert shown["detail"].startswith("customer_svc cannot be reached")


async def test_actions_are_found_by_contact_journey_state_and_time(world: World) -> None:
    first, second = await world.emails("a@example.org", "b@example.org")
    world.mails.faults.rcpt["b@example.org"] = ["550 no"]
    campaign = await world.plan("task", "search/brand", TASK, contact_id=None)
    await world.work()
    async with world.client() as client:
        contact = (await client.get(f"/v1/actions/{first}")).json()["contact_id"]
        later = zulu(world.clock() + timedelta(hours=1))
        for filters, expected in [
            ({"contact": contact}, {first}),
            ({"about": contact}, {first}),
            ({"about": "search/brand"}, {campaign}),
            ({"contact": "search/brand"}, set()),
            ({"state": "failed"}, {second}),
            ({"journey": world.journey}, {first, second, campaign}),
            ({"journey": new_id("jrn")}, set()),
            ({"since": later}, set()),
        ]:
            found = (await client.get("/v1/actions", params=filters)).json()["items"]
            assert {one["id"] for one in found} == expected


@pytest.mark.parametrize("kind", ["email", "task", "webhook"])
async def test_an_action_of_any_kind_counts_as_planned_and_waiting(world: World, kind: str) -> None:
    await world.plan(kind, "search/brand", TASK, contact_id=None)
    async with world.client() as client:
        summary = (await client.get("/v1/actions/summary")).json()
        [shown] = (await client.get("/v1/actions", params={"state": "waiting"})).json()["items"]
    assert {name: count for name, count in summary.items() if count and name != "as_of"} == {"planned": 1, "waiting": 1}
    assert (shown["kind"], shown["about"], shown["contact_id"]) == (kind, "search/brand", None)


async def test_the_fact_of_an_action_about_a_campaign_is_kept_in_order_by_the_campaign(world: World) -> None:
    await world.plan("task", "search/brand", TASK, contact_id=None)
    await world.work()
    [fact] = await world.facts()
    assert isinstance(fact, ActionDone)
    assert (fact.key, fact.about, fact.contact_id) == ("search/brand", "search/brand", None)


async def test_pages_hold_every_action_once(world: World) -> None:
    planned = set(await world.emails(*(f"p{number}@example.org" for number in range(7))))
    found: list[str] = []
    async with world.client() as client:
        cursor: str | None = ""
        while cursor is not None:
            page = (
                await client.get("/v1/actions", params={"limit": 3} | ({"cursor": cursor} if cursor else {}))
            ).json()
            found += [one["id"] for one in page["items"]]
            cursor = page["next_cursor"]
    assert len(found) == 7 and set(found) == planned


@pytest.mark.parametrize(("outcome", "fact"), [("sent", ActionSent), ("failed", ActionFailed)])
async def test_an_unknown_action_is_resolved_by_a_person(world: World, outcome: str, fact: type) -> None:
    action = await unknown_action(world)
    async with world.client("grace") as client:
        answer = await client.post(
            f"/v1/actions/{action}/resolve", json={"outcome": outcome, "note": "The provider's log says so."}
        )
    resolved = answer.json()
    assert (resolved["state"], resolved["resolved_by"], resolved["version"]) == (outcome, "user:grace", 3)
    assert resolved["resolved_at"] is not None
    last = (await world.facts())[-1]
    assert isinstance(last, fact) and last.sequence == 3


async def test_only_the_unknown_can_be_resolved_and_only_once(world: World) -> None:
    action, known = await unknown_action(world), await world.email("b@example.org")
    body = {"outcome": "sent", "note": "Seen."}
    async with world.client() as client:
        first = await client.post(f"/v1/actions/{action}/resolve", json=body)
        again = await client.post(f"/v1/actions/{action}/resolve", json=body)
        other = await client.post(f"/v1/actions/{known}/resolve", json=body)
    assert [answer.status_code for answer in (first, again, other)] == [200, 409, 409]


async def test_a_resolution_on_an_older_version_is_refused(world: World) -> None:
    action = await unknown_action(world)
    async with world.client() as client:
        answer = await client.post(
            f"/v1/actions/{action}/resolve", json={"outcome": "sent", "note": "."}, headers={"If-Match": '"1"'}
        )
    assert answer.status_code == 412


async def test_reading_and_resolving_need_their_own_scopes(world: World) -> None:
    body = {"outcome": "sent", "note": "."}
    async with world.client(scopes=["actions:read"]) as reader, world.client(scopes=["actions:resolve"]) as other:
        assert (await reader.post("/v1/actions/act_x/resolve", json=body)).status_code == 403
        assert (await other.get("/v1/actions/summary")).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "body", "pointer"),
    [
        ("GET", "/v1/actions?state=gone", None, "/query/state"),
        ("GET", "/v1/actions?since=yesterday", None, "/query/since"),
        ("POST", "/v1/actions/act_x/resolve", {"outcome": "unknown", "note": "."}, "/outcome"),
        ("POST", "/v1/actions/act_x/resolve", {"outcome": "sent", "note": ""}, "/note"),
        ("POST", "/v1/actions/act_x/resolve", {"outcome": "sent", "note": " \n"}, "/note"),
        ("POST", "/v1/actions/act_x/resolve", {"outcome": "sent", "note": ".", "state": "sent"}, "/state"),
    ],
)
async def test_bad_input_is_named_and_refused(
    world: World, method: str, path: str, body: dict[str, str] | None, pointer: str
) -> None:
    async with world.client() as client:
        answer: httpx.Response = await client.request(method, path, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_an_action_that_is_not_there_is_not_found(world: World) -> None:
    async with world.client() as client:
        assert (await client.get("/v1/actions/act_x")).status_code == 404
