"""Journeys are changed by versions, checked when they are saved, and tell what they decided and would decide."""

from typing import Any

import httpx
import pytest

from services.campaign_svc import journeys
from services.campaign_svc.journeys.definitions import DEFINITION
from services.campaign_svc.journeys.handlers import on_leads_scored
from shared.database import Database
from tests.analytics_svc.rooms import BY, handle
from tests.campaign_svc.journeys.leads import scored

NEW: dict[str, Any] = {**DEFINITION, "name": "Follow up"}
ANYTHING: dict[str, Any] = {"combinator": "and", "rules": []}
OUT_OF_THE_BOX = ["Call hot leads", "Look at alarms", "Look at channels that got worse", "Welcome"]
CALL: dict[str, Any] = {"kind": "task", "name": "call", "title": "Call"}


async def made(client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await client.post("/v1/journeys", json=NEW | changes)
    assert answer.status_code == 201, answer.text
    assert (answer.headers["ETag"], answer.headers["Location"]) == ('"1"', f"/v1/journeys/{answer.json()['id']}")
    return dict(answer.json())


async def test_a_new_system_has_its_journeys_once(db: Database, client: httpx.AsyncClient) -> None:
    await db.write(journeys.seed, by=BY)
    listed = (await client.get("/v1/journeys")).json()["items"]
    assert [(one["name"], one["on"]) for one in listed] == [(name, True) for name in OUT_OF_THE_BOX]


async def test_seeding_brings_no_renamed_journey_back(db: Database, client: httpx.AsyncClient) -> None:
    [welcome] = [one for one in (await client.get("/v1/journeys")).json()["items"] if one["name"] == "Welcome"]
    changed = await client.put(
        f"/v1/journeys/{welcome['id']}", json=NEW | {"name": "Hello"}, headers={"If-Match": '"1"'}
    )
    assert changed.status_code == 200
    await db.write(journeys.seed, by=BY)
    names = [one["name"] for one in (await client.get("/v1/journeys")).json()["items"]]
    assert names == sorted(set(OUT_OF_THE_BOX) - {"Welcome"} | {"Hello"})


async def test_a_change_makes_a_version_and_the_old_one_stays(client: httpx.AsyncClient) -> None:
    journey = await made(client)
    path = f"/v1/journeys/{journey['id']}"
    changed = await client.put(path, json=NEW | {"on": False}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"], changed.json()["on"]) == (200, '"2"', False)
    versions = (await client.get(f"{path}/versions")).json()["items"]
    assert [(one["version"], one["on"]) for one in versions] == [(2, False), (1, True)]
    assert (await client.get(path)).json()["version"] == 2
    assert [one["name"] for one in (await client.get("/v1/journeys", params={"on": False})).json()["items"]] == [
        "Follow up"
    ]


@pytest.mark.parametrize("on", [True, False])
async def test_a_change_that_says_nothing_of_it_switches_no_journey(client: httpx.AsyncClient, on: bool) -> None:
    path = f"/v1/journeys/{(await made(client, on=on))['id']}"
    corrected = {name: value for name, value in NEW.items() if name != "on"} | {"name": "Follow-up"}
    changed = await client.put(path, json=corrected, headers={"If-Match": '"1"'})
    assert (changed.json()["name"], changed.json()["on"]) == ("Follow-up", on)
    assert [one["on"] for one in (await client.get(f"{path}/versions")).json()["items"]] == [on, on]
    assert [one["name"] for one in (await client.get("/v1/journeys", params={"on": on})).json()["items"]].count(
        "Follow-up"
    ) == 1


async def test_a_journey_is_changed_only_by_who_knows_the_newest(client: httpx.AsyncClient) -> None:
    path = f"/v1/journeys/{(await made(client))['id']}"
    assert (await client.put(path, json=NEW)).status_code == 428
    assert (await client.put(path, json=NEW, headers={"If-Match": '"7"'})).status_code == 412
    assert (await client.put("/v1/journeys/jrn_none", json=NEW, headers={"If-Match": '"1"'})).status_code == 404


async def test_a_name_is_given_once(client: httpx.AsyncClient) -> None:
    assert (await client.post("/v1/journeys", json=NEW | {"name": "Welcome"})).status_code == 409
    path = f"/v1/journeys/{(await made(client))['id']}"
    taken = await client.put(path, json=NEW | {"name": "Welcome"}, headers={"If-Match": '"1"'})
    assert taken.status_code == 409
    assert (await client.get(path)).json()["version"] == 1


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        (
            {"when": {"combinator": "and", "rules": [{"field": "shoe", "operator": "=", "value": 4}]}},
            "/when/rules/0/field",
        ),
        (
            {"when": {"combinator": "and", "rules": [{"field": "grade", "operator": "=", "value": "D"}]}},
            "/when/rules/0/value",
        ),
        ({"actions": [CALL, {**NEW["actions"][0], "template": "none"}]}, "/actions/1/template"),
        ({"actions": []}, "/actions"),
        ({"actions": [CALL, CALL]}, "/actions"),
        ({"actions": [{**CALL, "kind": "fax"}]}, "/actions/0"),
        ({"entry": "lead.lost"}, "/entry"),
        ({"repeat": "often"}, "/repeat"),
        ({"entry": "anomaly.detected", "when": ANYTHING}, "/actions/0/kind"),
        ({"entry": "anomaly.detected", "actions": [CALL]}, "/when/rules/0/field"),
        ({"actions": [CALL | {"title": "Call {{ about"}]}, "/actions/0/title"),
        ({"actions": [CALL | {"title": "Call {{ campaign }}"}]}, "/actions/0/title"),
        ({"actions": [CALL, {"kind": "webhook", "name": "tell", "endpoint": "none"}]}, "/actions/1/endpoint"),
        ({"colour": "red"}, "/colour"),
    ],
)
async def test_what_cannot_work_is_refused_where_it_stands(
    client: httpx.AsyncClient, changes: dict[str, Any], pointer: str
) -> None:
    answer = await client.post("/v1/journeys", json=NEW | changes)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert len((await client.get("/v1/journeys")).json()["items"]) == len(OUT_OF_THE_BOX)


async def test_decisions_can_be_asked_for_by_contact_journey_outcome_and_time(
    db: Database, client: httpx.AsyncClient
) -> None:
    await handle(db, on_leads_scored, [scored("con_ada", grade="A"), scored("con_bob", grade="C")])
    everything = (await client.get("/v1/decisions")).json()["items"]
    assert len(everything) == 4
    [called] = [one for one in everything if one["acted"] and one["journey_name"] == "Call hot leads"]

    async def found(**filters: Any) -> set[str]:
        return {one["id"] for one in (await client.get("/v1/decisions", params=filters)).json()["items"]}

    assert await found(contact="con_ada", acted=True, journey=called["journey_id"]) == {called["id"]}
    assert await found(about="con_ada", acted=True, journey=called["journey_id"]) == {called["id"]}
    assert await found(contact="con_bob", acted=True) == set()
    assert len(await found(contact="con_bob", acted=False)) == 2
    assert len(await found(since=called["decided_at"])) == 4
    assert await found(since="2999-01-01T00:00:00Z") == set()
    shown = (await client.get(f"/v1/decisions/{called['id']}")).json()
    assert shown == called
    assert shown["conditions"]["rules"][0] | {"value": 0} == {
        "field": "grade",
        "operator": "in",
        "value": 0,
        "actual": "A",
        "truth": True,
    }
    assert (await client.get("/v1/decisions/dec_none")).status_code == 404


async def test_pages_of_decisions_leave_none_out(db: Database, client: httpx.AsyncClient) -> None:
    await handle(db, on_leads_scored, [scored(f"con_{n}") for n in range(5)])
    seen, cursor = [], None
    while True:
        asked = {"limit": 3} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/v1/decisions", params=asked)).json()
        seen += [one["id"] for one in page["items"]]
        if not (cursor := page["next_cursor"]):
            break
    assert len(seen) == len(set(seen)) == 10


async def test_trying_shows_what_would_be_decided_and_does_nothing(db: Database, client: httpx.AsyncClient) -> None:
    await handle(db, on_leads_scored, [scored(grade="B")])
    journey = await made(client, actions=[CALL], on=False)
    tried = (await client.post(f"/v1/journeys/{journey['id']}/try", json={"contact_id": "con_ada"})).json()
    assert (tried["would_act"], tried["cause"], tried["as_of"]) == (True, None, "2026-01-31T09:30:00Z")
    assert [action["name"] for action in tried["actions"]] == ["call"]
    assert tried["conditions"]["rules"][0]["actual"] == "B"
    assert len((await client.get("/v1/decisions")).json()["items"]) == 2
    [welcome] = [one for one in (await client.get("/v1/journeys")).json()["items"] if one["name"] == "Welcome"]
    again = (await client.post(f"/v1/journeys/{welcome['id']}/try", json={"contact_id": "con_ada"})).json()
    assert (again["would_act"], again["cause"]) == (False, "already_done")


async def test_trying_for_somebody_unknown_says_so(client: httpx.AsyncClient) -> None:
    journey = await made(client)
    answer = await client.post(f"/v1/journeys/{journey['id']}/try", json={"contact_id": "con_nobody"})
    assert answer.status_code == 404
