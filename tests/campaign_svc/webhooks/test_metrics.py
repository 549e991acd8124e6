"""Attempts and receivers in trouble, as an operator is shown them."""

from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from services.campaign_svc.webhooks.receivers import FAILURES, LONGEST_REST
from tests.campaign_svc.webhooks.receiver import answer, told
from tests.campaign_svc.webhooks.world import World

NO_HTTP = b"hello?\r\n\r\n"


def shown(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"rainmaker_webhook_{name}", {"service": "campaign"} | labels) or 0.0


@pytest.mark.parametrize(
    ("said", "outcome"),
    [(answer(204), "accepted"), (answer(404), "refused"), (answer(500), "failed"), (NO_HTTP, "unanswered")],
)
async def test_each_attempt_is_counted_by_what_came_of_it(world: World, said: bytes, outcome: str) -> None:
    before = shown("attempts_total", outcome=outcome)
    async with told(said) as receiver:
        await world.endpoint(receiver.url)
        await world.plan()
        await world.work()
    assert shown("attempts_total", outcome=outcome) == before + 1


async def test_a_receiver_fails_from_the_third_failure_in_a_row_until_it_answers(world: World) -> None:
    seen = []
    async with told(*[answer(503)] * FAILURES) as receiver:
        await world.endpoint(receiver.url)
        for _ in range(FAILURES):
            await world.plan()
            await world.work()
            seen.append(shown("receivers_failing"))
        await world.plan()
        await world.work(later=timedelta(seconds=LONGEST_REST))
    assert seen == [0, 0, 1]
    assert shown("receivers_failing") == 0
