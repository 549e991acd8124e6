"""A journey with a webhook, from the fact that starts it to the message that its receiver verifies."""

from typing import Any

from services.campaign_svc.journeys.handlers import on_leads_scored
from tests.analytics_svc.rooms import handle
from tests.campaign_svc.journeys.leads import TRACE_ID, scored
from tests.campaign_svc.webhooks.receiver import told
from tests.campaign_svc.webhooks.world import World

JOURNEY: dict[str, Any] = {
    "name": "Tell the CRM",
    "entry": "lead.scored",
    "when": {"combinator": "and", "rules": [{"field": "grade", "operator": "=", "value": "A"}]},
    "repeat": "once",
    "actions": [{"kind": "webhook", "name": "tell", "endpoint": "crm"}],
}


async def test_a_scored_lead_reaches_the_receiver_with_the_facts_that_were_decided_on(world: World) -> None:
    async with told() as receiver:
        made = await world.endpoint(receiver.url)
        async with world.client() as client:
            journey = (await client.post("/v1/journeys", json=JOURNEY)).json()
        await handle(world.db, on_leads_scored, [scored(), scored("con_bob", grade="C")])
        await world.work()
    (message,) = receiver.messages
    told_of = message.verified(made["secret"])["data"]
    assert (told_of["journey_id"], told_of["contact_id"], told_of["about"]) == (journey["id"], "con_ada", "con_ada")
    assert (told_of["name"], told_of["trace_id"]) == ("tell", TRACE_ID)
    assert (told_of["facts"]["grade"], told_of["facts"]["score"]) == ("A", 85)
    assert told_of["occurred_at"] == "2026-01-31T09:30:00Z"
    assert await world.states(told_of["action_id"]) == [("sent", None)]


async def test_a_journey_to_an_endpoint_that_is_not_there_is_refused(world: World) -> None:
    async with world.client() as client:
        refused = await client.post("/v1/journeys", json=JOURNEY)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/actions/0/endpoint")


async def test_an_endpoint_that_a_journey_uses_is_not_deleted(world: World) -> None:
    made = await world.endpoint("http://127.0.0.1:9/hook")
    path, match = f"/v1/webhooks/{made['id']}", {"If-Match": '"1"'}
    async with world.client() as client:
        journey = (await client.post("/v1/journeys", json=JOURNEY)).json()
        refused = await client.delete(path, headers=match)
        assert refused.status_code == 409 and "Tell the CRM" in refused.json()["detail"]
        off = await client.put(f"/v1/journeys/{journey['id']}", json=JOURNEY | {"on": False}, headers=match)
        assert off.status_code == 200
        assert (await client.delete(path)).status_code == 428
        assert (await client.delete(path, headers=match)).status_code == 204
        assert (await client.get(path)).status_code == 404
