"""The log of deliveries over HTTP: every attempt with what came of it, and once more by hand."""

import asyncio
from datetime import timedelta

from services.campaign_svc import webhooks
from services.campaign_svc.webhooks.models import LOG_KEPT
from shared.contracts.campaign import ActionFailed, ActionSent
from shared.service.housekeeping import sweep
from tests.analytics_svc.rooms import stated
from tests.campaign_svc.webhooks.receiver import answer, told
from tests.campaign_svc.webhooks.world import World

A_DAY = timedelta(days=1)


async def test_the_log_tells_of_each_attempt_and_when_the_next_one_is(world: World) -> None:
    async with told(answer(503)) as receiver:
        made = await world.endpoint(receiver.url)
        (action,) = await world.plan()
        await world.work()
        shown = await world.delivery_of(action)
    assert (shown["state"], shown["attempts"], shown["tries_left"]) == ("waiting", 1, 7)
    assert (shown["webhook_id"], shown["endpoint_id"]) == (action, made["id"])
    assert shown["next_at"] > shown["created_at"] and shown["ended_at"] is None
    (attempt,) = shown["log"]
    assert (attempt["number"], attempt["status"], attempt["by"]) == (1, 503, None)
    assert attempt["duration_ms"] >= 0 and attempt["at"] >= shown["created_at"]


async def test_deliveries_are_listed_by_endpoint_and_state_the_newest_first(world: World) -> None:
    async with told(answer(500)) as receiver:
        made = await world.endpoint(receiver.url)
        await world.endpoint(receiver.url, "other")
        planned = []
        for name in ("crm", "crm", "other"):
            planned += await world.plan(name)
            await world.work(later=timedelta(seconds=1))
        path = f"/v1/webhooks/{made['id']}/deliveries"
        async with world.client() as client:
            everything = (await client.get(path)).json()["items"]
            waiting = (await client.get(path, params={"state": "waiting"})).json()["items"]
            nobody = await client.get("/v1/webhooks/whk_nobody/deliveries")
    assert [one["action_id"] for one in everything] == [planned[1], planned[0]]
    assert [one["action_id"] for one in waiting] == [planned[0]]
    assert nobody.status_code == 404


async def test_what_failed_is_delivered_by_hand_under_the_same_id(world: World) -> None:
    async with told(answer(410)) as receiver:
        made = await world.endpoint(receiver.url)
        (action,) = await world.plan()
        await world.work()
        delivery = await world.delivery_of(action)
        path = f"/v1/webhook-deliveries/{delivery['id']}/redeliver"
        async with world.client() as client:
            refused = await client.post(path)
            on = {"If-Match": '"2"'}
            assert (await client.patch(f"/v1/webhooks/{made['id']}", json={"on": True}, headers=on)).status_code == 200
            done = (await client.post(path)).json()
    assert refused.status_code == 409
    assert (delivery["state"], done["state"], done["reason"]) == ("failed", "delivered", None)
    assert [(one["number"], one["status"], one["by"]) for one in done["log"]] == [(1, 410, None), (2, 204, "user:ada")]
    first, second = receiver.messages
    assert (first.id, first.body) == (second.id, second.body)


async def test_by_hand_while_it_waits_ends_the_waiting(world: World) -> None:
    async with told(answer(500)) as receiver:
        await world.endpoint(receiver.url)
        (action,) = await world.plan()
        await world.work()
        delivery = await world.delivery_of(action)
        async with world.client() as client:
            await client.post(f"/v1/webhook-deliveries/{delivery['id']}/redeliver")
        await world.work()
        assert await world.states(action) == [("sent", None)]
        assert await world.work(later=A_DAY) == 0
        after = await world.delivery_of(action)
    assert len(receiver.messages) == 2
    assert (after["state"], after["attempts"], after["tries_left"]) == ("delivered", 2, 0)


async def test_a_failure_by_hand_costs_none_of_our_own_tries(world: World) -> None:
    async with told(usually=answer(500)) as receiver:
        await world.endpoint(receiver.url)
        (action,) = await world.plan()
        await world.work()
        delivery = await world.delivery_of(action)
        async with world.client() as client:
            again = await client.post(f"/v1/webhook-deliveries/{delivery['id']}/redeliver")
        after = again.json()
    assert (after["attempts"], after["tries_left"], after["next_at"]) == (2, 7, delivery["next_at"])


async def test_what_was_delivered_is_delivered_whatever_comes_back_later(world: World) -> None:
    async with told() as receiver:
        await world.endpoint(receiver.url)
        (action,) = await world.plan()
        await world.work()
        before = await world.delivery_of(action)
        receiver.usually = answer(500)
        async with world.client() as client:
            after = (await client.post(f"/v1/webhook-deliveries/{before['id']}/redeliver")).json()
    assert (after["state"], after["reason"], after["ended_at"]) == ("delivered", None, before["ended_at"])
    assert [(one["status"], one["reason"]) for one in after["log"]] == [(204, None), (500, "It answered 500.")]


async def test_what_is_not_there_cannot_be_read_or_delivered(world: World) -> None:
    async with world.client() as client:
        assert (await client.get("/v1/webhook-deliveries/dlv_nobody")).status_code == 404
        assert (await client.post("/v1/webhook-deliveries/dlv_nobody/redeliver")).status_code == 404


async def test_an_action_that_had_failed_is_sent_once_it_was_delivered_by_hand(world: World) -> None:
    async with told(answer(410)) as receiver:
        made = await world.endpoint(receiver.url)
        (action,) = await world.plan()
        await world.work()
        delivery = await world.delivery_of(action)
        async with world.client() as client:
            await client.patch(f"/v1/webhooks/{made['id']}", json={"on": True}, headers={"If-Match": '"2"'})
            for _ in range(2):
                await client.post(f"/v1/webhook-deliveries/{delivery['id']}/redeliver")
    assert await world.states(action) == [("sent", None)]
    failed, sent = await stated(world.db)
    assert isinstance(failed, ActionFailed) and isinstance(sent, ActionSent)
    assert sent.sequence == failed.sequence + 1


async def test_an_action_stays_failed_where_the_attempt_by_hand_fails_too(world: World) -> None:
    async with told(answer(410), answer(500)) as receiver:
        made = await world.endpoint(receiver.url)
        (action,) = await world.plan()
        await world.work()
        delivery = await world.delivery_of(action)
        async with world.client() as client:
            await client.patch(f"/v1/webhooks/{made['id']}", json={"on": True}, headers={"If-Match": '"2"'})
            await client.post(f"/v1/webhook-deliveries/{delivery['id']}/redeliver")
    assert await world.states(action) == [("failed", "It answered 410.")]
    assert len(await stated(world.db)) == 1


async def test_an_address_that_was_changed_meanwhile_is_not_switched_off_by_the_old_ones_410(world: World) -> None:
    async with told() as new, told() as old:
        made = await world.endpoint(old.url)

        async def changed_before_it_answers(writer: asyncio.StreamWriter) -> None:
            async with world.client() as client:
                moved = {"url": new.url}
                await client.patch(f"/v1/webhooks/{made['id']}", json=moved, headers={"If-Match": '"1"'})
            writer.write(answer(410))
            await writer.drain()

        old.receiver.answering = changed_before_it_answers
        await world.plan()
        await world.work()
        async with world.client() as client:
            after = (await client.get(f"/v1/webhooks/{made['id']}")).json()
    assert (after["url"], after["on"]) == (new.url, True)


async def test_the_log_is_kept_for_ninety_days_and_what_waits_stays(world: World) -> None:
    async with told(answer(204), usually=answer(500)) as receiver:
        await world.endpoint(receiver.url)
        (over,) = await world.plan()
        await world.work()
        (waiting,) = await world.plan()
        await world.work()
        known = await world.delivery_of(over)
    path = f"/v1/webhook-deliveries/{known['id']}"
    async with world.client() as client:
        statuses = []
        for later in (LOG_KEPT - A_DAY, 2 * A_DAY):
            world.clock.by += later
            await sweep(world.db, webhooks.KEPT)
            statuses.append((await client.get(path)).status_code)
    assert statuses == [200, 404]
    left = await world.delivery_of(waiting)
    assert (left["state"], left["log"]) == ("waiting", [])
