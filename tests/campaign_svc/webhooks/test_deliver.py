"""A planned webhook reaches its receiver, signed, at least once, and the action says what became of it."""

from datetime import timedelta

import pytest

from services.campaign_svc.webhooks.schedule import PAUSES
from shared.contracts.campaign import ActionFailed, ActionSent
from tests.analytics_svc.rooms import stated
from tests.campaign_svc.webhooks.receiver import answer, told
from tests.campaign_svc.webhooks.world import FACTS, World

A_DAY = timedelta(days=1)


async def test_a_message_arrives_signed_and_the_action_is_sent(world: World) -> None:
    async with told() as receiver:
        made = await world.endpoint(receiver.url)
        (action,) = await world.plan()
        await world.work()
    (message,) = receiver.messages
    said = message.verified(made["secret"])
    assert (message.id, said["type"], message.headers["content-type"]) == (action, "action.webhook", "application/json")
    assert await world.states(action) == [("sent", None)]
    (fact,) = await stated(world.db)
    assert isinstance(fact, ActionSent) and fact.action_id == action


async def test_it_tells_of_the_action_and_the_facts_of_the_decision_and_of_nothing_else(world: World) -> None:
    async with told() as receiver:
        await world.endpoint(receiver.url)
        (action,) = await world.plan()
        await world.work()
    data = receiver.messages[0].data
    assert (data["action_id"], data["facts"], data["contact_id"]) == (action, FACTS, data["about"])
    assert set(data) == {
        *("action_id", "journey_id", "decision_id", "contact_id", "about"),
        *("name", "facts", "occurred_at", "trace_id"),
    }


async def test_a_dead_receiver_is_tried_eight_times_within_a_day_under_one_id_and_then_the_action_has_failed(
    world: World,
) -> None:
    async with told(usually=answer(500)) as receiver:
        await world.endpoint(receiver.url)
        (action,) = await world.plan()
        await world.work()
        waited = []
        for pause in PAUSES:
            assert await world.work() == 0
            waited.append(await world.next_due())
            assert pause * 0.89 < waited[-1] <= pause
            await world.work(later=pause)
        assert await world.work(later=A_DAY) == 0
    assert len(receiver.messages) == 8 and sum(waited, timedelta()) < A_DAY
    assert len({(message.id, message.body) for message in receiver.messages}) == 1
    assert await world.states(action) == [("failed", "It answered 500.")]
    assert await world.log(action) == [(500, "It answered 500.")] * 8
    (fact,) = await stated(world.db)
    assert isinstance(fact, ActionFailed) and fact.reason == "It answered 500."


async def test_a_receiver_that_comes_back_gets_it(world: World) -> None:
    async with told(answer(503), answer(404)) as receiver:
        await world.endpoint(receiver.url)
        (action,) = await world.plan()
        await world.work()
        await world.work(later=PAUSES[0])
        assert await world.states(action) == [("waiting", None)]
        await world.work(later=PAUSES[1])
    assert await world.states(action) == [("sent", None)]
    assert [status for status, _ in await world.log(action)] == [503, 404, 204]


@pytest.mark.parametrize(("asked", "least", "most"), [("120", 119, 120), ("999999999", 21_599, 21_600), ("soon", 4, 5)])
async def test_a_receiver_may_ask_for_a_pause_within_bounds(world: World, asked: str, least: int, most: int) -> None:
    async with told(answer(429, Retry_After=asked)) as receiver:
        await world.endpoint(receiver.url)
        await world.plan()
        await world.work()
        assert timedelta(seconds=least) < await world.next_due() <= timedelta(seconds=most)


async def test_gone_switches_the_endpoint_off_and_fails_what_waits_for_it(world: World) -> None:
    async with told(answer(410)) as receiver:
        made = await world.endpoint(receiver.url)
        (first,) = await world.plan()
        await world.work()
        (second,) = await world.plan()
        await world.work()
    assert len(receiver.messages) == 1
    assert await world.states(first) == [("failed", "It answered 410.")]
    assert await world.states(second) == [("failed", "The webhook endpoint is switched off. It answered 410 Gone.")]
    async with world.client() as client:
        shown = (await client.get(f"/v1/webhooks/{made['id']}")).json()
    assert (shown["on"], shown["off_because"], shown["version"]) == (False, "It answered 410 Gone.", 2)


async def test_a_redirect_is_not_followed(world: World) -> None:
    async with told() as elsewhere, told(answer(307, Location=elsewhere.url)) as receiver:
        await world.endpoint(receiver.url)
        (action,) = await world.plan()
        await world.work()
    assert elsewhere.messages == []
    assert await world.states(action) == [("waiting", None)]
    assert await world.log(action) == [(307, "It answered 307: redirects are not followed.")]


async def test_of_an_answer_no_more_is_read_than_its_limit(world: World) -> None:
    async with told(answer(200, b"x" * 10_000_000)) as receiver:
        await world.endpoint(receiver.url)
        (action,) = await world.plan()
        await world.work()
    assert await world.states(action) == [("sent", None)]


async def test_what_was_planned_for_an_endpoint_that_is_gone_fails_with_the_reason(world: World) -> None:
    (action,) = await world.plan("nobody")
    await world.work()
    assert await world.states(action) == [("failed", "There is no webhook endpoint of this name any more.")]


async def test_nobody_listening_is_a_failure_that_is_tried_again(world: World) -> None:
    async with told() as receiver:
        url = receiver.url
    await world.endpoint(url)
    (action,) = await world.plan()
    await world.work()
    assert await world.states(action) == [("waiting", None)]
    assert await world.log(action) == [(None, "There was no answer (ConnectError).")]


async def test_a_message_that_is_too_large_is_not_sent(world: World) -> None:
    async with told() as receiver:
        await world.endpoint(receiver.url)
        (action,) = await world.plan(facts={"attributes": {"notes": "x" * 70_000}})
        await world.work()
    assert receiver.messages == []
    assert await world.log(action) == [(None, "The message is larger than 65536 bytes.")]
