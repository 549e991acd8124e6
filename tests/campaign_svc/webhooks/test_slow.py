"""A receiver that is slow, hangs or is dead costs itself, not the others; and nothing is lost in between."""

import asyncio
from datetime import timedelta

import pytest

from services.campaign_svc.webhooks import deliver
from services.campaign_svc.webhooks.deliver import ALONE
from services.campaign_svc.webhooks.receivers import AT_FIRST
from shared.due import SLOTS
from tests.campaign_svc.webhooks.receiver import HANG, OK, told
from tests.campaign_svc.webhooks.world import World
from tests.eventually import eventually
from tests.shared.receiver import Answering

HANGING, HEALTHY, ROUNDS = 200, 50, 10


@pytest.fixture(autouse=True)
def batches_wait_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliver, "PATIENCE", 1.0)


@pytest.mark.parametrize("dead", [1, 2 * SLOTS])
async def test_receivers_that_hang_slow_nobody(world: World, dead: int) -> None:
    """All that is healthy arrives before the first attempt at what hangs is over; of their eight none is used up."""
    async with told(usually=HANG) as hanging, told() as healthy:
        await world.endpoint(healthy.url, "healthy")
        world.wait_for_receivers(600.0)
        for number in range(dead):
            await world.endpoint(hanging.url, f"hanging-{number}")
        lost, actions = list[str](), list[str]()
        for number in range(ROUNDS):  # so that every batch holds some of both
            lost += await world.plan(f"hanging-{number % dead}", HANGING // ROUNDS)
            actions += await world.plan("healthy", HEALTHY // ROUNDS)
        world.clock.run()
        running = asyncio.create_task(world.due.run())

        async def all_sent() -> bool:
            return set(await world.states(*actions)) == {("sent", None)}

        await eventually(all_sent)
        assert [await world.log(action) for action in lost] == [[]] * len(lost)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert sorted(message.id for message in healthy.messages) == sorted(actions)
    assert 0 < hanging.receiver.connections <= dead * AT_FIRST


async def test_a_batch_does_not_wait_for_what_hangs_and_later_batches_do_not_even_ask(world: World) -> None:
    world.wait_for_receivers(600.0)
    async with told(usually=HANG) as receiver:
        await world.endpoint(receiver.url)
        await world.plan(count=HANGING)
        async with asyncio.timeout(60):  # a bound on "for ever"
            await world.work()
            asked = receiver.receiver.connections
            await world.work()
    assert 0 < asked == receiver.receiver.connections <= AT_FIRST


async def test_an_answer_that_comes_after_its_batch_counts_and_nothing_is_sent_twice(world: World) -> None:
    async with told(HANG) as receiver:
        await world.endpoint(receiver.url)
        released = asyncio.Event()
        receiver.receiver.answering = _when(released)
        (action,) = await world.plan()
        await world.work()
        assert await world.states(action) == [("waiting", None)]
        assert await world.next_due() > ALONE / 2
        await world.work(later=2 * ALONE)  # its process has it still
        released.set()

        async def sent() -> bool:
            await world.work(later=timedelta(seconds=5))
            return await world.states(action) == [("sent", None)]

        await eventually(sent)
    assert len(receiver.messages) == 1
    assert await world.log(action) == [(204, None)]


async def test_a_receiver_that_takes_too_long_has_failed(world: World) -> None:
    world.wait_for_receivers(0.2)
    async with told(usually=HANG) as receiver:
        await world.endpoint(receiver.url)
        (action,) = await world.plan()
        await world.work()
        assert await world.log(action) == [(None, "There was no whole answer in time.")]
        world.wait_for_receivers(600.0)
        receiver.usually = OK
        await world.work(later=timedelta(seconds=5))
    assert await world.states(action) == [("sent", None)]


async def test_a_receiver_that_rests_gets_its_messages_when_it_is_back(world: World) -> None:
    async with told(usually=b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n") as receiver:
        await world.endpoint(receiver.url)
        actions = await world.plan(count=30)
        await world.work()
        assert len(receiver.messages) < 10
        receiver.usually = OK

        async def all_sent() -> bool:
            await world.work(later=timedelta(seconds=70))
            return {state for state, _ in await world.states(*actions)} == {"sent"}

        await eventually(all_sent, pause=0.0)
        per_message = [message.id for message in receiver.messages]
    assert set(per_message) == set(actions) and len(per_message) < 2 * len(actions)


def _when(released: asyncio.Event) -> Answering:
    async def answer(writer: asyncio.StreamWriter) -> None:
        await released.wait()
        writer.write(OK)
        await writer.drain()

    return answer
