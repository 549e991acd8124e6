"""Tasks: planned by hand or by an action, claimed by exactly one, finished by who claimed it."""

import asyncio
from typing import Any

import httpx
import pytest

from shared.contracts.campaign import ActionDone
from shared.ids import new_id
from tests.campaign_svc.delivery.world import TASK, World


async def planned_task(client: httpx.AsyncClient, **fields: Any) -> str:
    answer = await client.post("/v1/tasks", json={"title": "Send the price list"} | fields)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"/v1/tasks/{answer.json()['id']}"
    return str(answer.json()["id"])


async def test_of_twenty_who_claim_at_once_one_gets_it(world: World) -> None:
    async with world.client() as client:
        task = await planned_task(client)
    claimants = [world.client(f"rep{number}") for number in range(20)]
    answers = await asyncio.gather(*(client.post(f"/v1/tasks/{task}/claim") for client in claimants))
    for client in claimants:
        await client.aclose()
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
    winner = next(number for number, answer in enumerate(answers) if answer.status_code == 200)
    assert answers[winner].json()["claimed_by"] == f"user:rep{winner}"


async def test_a_claim_repeated_by_its_winner_is_no_conflict(world: World) -> None:
    async with world.client("ada") as client:
        task = await planned_task(client)
        first, again = [await client.post(f"/v1/tasks/{task}/claim") for _ in range(2)]
    assert (first.status_code, again.json()) == (200, first.json())


async def test_a_task_goes_from_open_to_done_with_its_outcome(world: World) -> None:
    async with world.client("ada") as client:
        task = await planned_task(client)
        await client.post(f"/v1/tasks/{task}/claim")
        done = (await client.post(f"/v1/tasks/{task}/done", json={"outcome": "Meeting on Monday."})).json()
        again = await client.post(f"/v1/tasks/{task}/done", json={"outcome": "Twice."})
        claimed = await client.post(f"/v1/tasks/{task}/claim")
    assert (done["state"], done["outcome"], done["claimed_by"]) == ("done", "Meeting on Monday.", "user:ada")
    assert done["done_at"] is not None
    assert (again.status_code, claimed.status_code) == (409, 409)


async def test_only_who_claimed_it_lets_go_or_finishes(world: World) -> None:
    async with world.client("ada") as ada, world.client("bob") as bob:
        task = await planned_task(ada)
        await ada.post(f"/v1/tasks/{task}/claim")
        assert (await bob.post(f"/v1/tasks/{task}/release")).status_code == 409
        assert (await bob.post(f"/v1/tasks/{task}/done", json={"outcome": "Mine."})).status_code == 409
        assert (await ada.post(f"/v1/tasks/{task}/release")).json()["state"] == "open"
        assert (await bob.post(f"/v1/tasks/{task}/claim")).json()["claimed_by"] == "user:bob"


async def test_who_supervises_ends_anybodys_claim_and_is_shown(world: World) -> None:
    async with world.client("gone") as gone, world.client("eve", ["tasks:supervise"]) as eve:
        task = await planned_task(gone)
        nobodys = await eve.post(f"/v1/tasks/{task}/unclaim")
        await gone.post(f"/v1/tasks/{task}/claim")
        assert (await gone.post(f"/v1/tasks/{task}/unclaim")).status_code == 403
        stale = await eve.post(f"/v1/tasks/{task}/unclaim", headers={"If-Match": '"1"'})
        ended = (await eve.post(f"/v1/tasks/{task}/unclaim", headers={"If-Match": '"2"'})).json()
        assert (await gone.post(f"/v1/tasks/{task}/done", json={"outcome": "Late."})).status_code == 409
    assert (nobodys.status_code, stale.status_code) == (409, 412)
    assert (ended["state"], ended["claimed_by"], ended["version"]) == ("open", None, 3)
    assert (ended["released_by"], ended["released_at"] is not None) == ("user:eve", True)


async def test_a_task_nobody_claimed_cannot_be_finished(world: World) -> None:
    async with world.client() as client:
        task = await planned_task(client)
        assert (await client.post(f"/v1/tasks/{task}/done", json={"outcome": "Done."})).status_code == 409


async def test_a_change_needs_the_version_it_was_decided_on(world: World) -> None:
    async with world.client() as client:
        task = await planned_task(client, assignee="sales", due_at="2026-02-02T09:00:00Z")
        path, patch = f"/v1/tasks/{task}", {"title": "Call", "due_at": None}
        assert (await client.patch(path, json=patch)).status_code == 428
        assert (await client.patch(path, json=patch, headers={"If-Match": '"7"'})).status_code == 412
        changed = await client.patch(path, json=patch, headers={"If-Match": '"1"'})
    shown = changed.json()
    assert (shown["title"], shown["due_at"], shown["assignee"]) == ("Call", None, "sales")
    assert changed.headers["ETag"] == '"2"'


async def test_a_title_cannot_be_taken_away(world: World) -> None:
    async with world.client() as client:
        task = await planned_task(client)
        answer = await client.patch(f"/v1/tasks/{task}", json={"title": None}, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/title")


async def test_tasks_are_found_by_state_assignee_and_contact_those_due_first(world: World) -> None:
    contact = new_id("con")
    async with world.client() as client:
        late = await planned_task(client, assignee="ada", due_at="2026-02-03T09:00:00Z", contact_id=contact)
        soon = await planned_task(client, assignee="ada", due_at="2026-02-02T09:00:00Z")
        whenever = await planned_task(client, assignee="bob")
        await client.post(f"/v1/tasks/{soon}/claim")
        for filters, expected in [
            ({}, [soon, late, whenever]),
            ({"assignee": "ada"}, [soon, late]),
            ({"state": "open"}, [late, whenever]),
            ({"contact": contact}, [late]),
            ({"claimed_by": "user:ada"}, [soon]),
            ({"claimed_by": "user:bob"}, []),
        ]:
            found = (await client.get("/v1/tasks", params=filters)).json()["items"]
            assert [one["id"] for one in found] == expected


async def test_the_same_key_plans_one_task(world: World) -> None:
    body, headers = {"title": "Call"}, {"Idempotency-Key": "one"}
    async with world.client() as client:
        first, again = [await client.post("/v1/tasks", json=body, headers=headers) for _ in range(2)]
        assert first.json()["id"] == again.json()["id"]
        assert len((await client.get("/v1/tasks")).json()["items"]) == 1


async def test_blanks_are_neither_an_outcome_nor_an_assignee(world: World) -> None:
    async with world.client() as client:
        done = await client.post("/v1/tasks/tsk_x/done", json={"outcome": " \n"})
        changed = await client.patch("/v1/tasks/tsk_x", json={"assignee": " "}, headers={"If-Match": '"1"'})
    assert [answer.json()["errors"][0]["pointer"] for answer in (done, changed)] == ["/outcome", "/assignee"]


async def test_an_action_makes_one_task_however_often_it_ends(world: World) -> None:
    action = await world.plan("task", new_id("con"), TASK)
    await world.work()
    await world.work_later()
    async with world.client() as client:
        (task,) = (await client.get("/v1/tasks")).json()["items"]
    assert (task["action_id"], task["state"]) == (action, "open")
    assert [type(fact) for fact in await world.facts()] == [ActionDone]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"title": " "}, "/title"),
        ({"title": "Call", "assignee": " "}, "/assignee"),
        ({"title": "a\x00b"}, "/title"),
        ({"title": "Call", "contact_id": "7"}, "/contact_id"),
        ({"title": "Call", "due_at": "tomorrow"}, "/due_at"),
        ({"title": "Call", "state": "done"}, "/state"),
    ],
)
async def test_bad_input_is_named_and_nothing_is_planned(world: World, body: dict[str, str], pointer: str) -> None:
    async with world.client() as client:
        answer = await client.post("/v1/tasks", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
        assert (await client.get("/v1/tasks")).json()["items"] == []


async def test_reading_and_writing_need_their_own_scopes(world: World) -> None:
    async with world.client(scopes=["tasks:read"]) as client:
        assert (await client.post("/v1/tasks", json={"title": "Call"})).status_code == 403
    async with world.client(scopes=["tasks:write"]) as client:
        assert (await client.get("/v1/tasks")).status_code == 403
