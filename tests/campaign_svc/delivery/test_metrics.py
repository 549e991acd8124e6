"""How long follow-ups took and what they came to, as an operator is shown it: once each, and only what is durable."""

from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from services.campaign_svc.delivery import metrics
from shared.clock import utc_now
from shared.database import Tx
from shared.ids import moment_of, new_id
from tests.campaign_svc.delivery.customer import CONSENTING
from tests.campaign_svc.delivery.world import BY, EMAIL, TASK, World
from tests.real.smtp import CLOSE

ADA = "ada@example.org"


def shown(part: str, kind: str, outcome: str) -> float:
    labels = {"service": "campaign", "kind": kind, "outcome": outcome}
    return REGISTRY.get_sample_value(f"rainmaker_follow_up_seconds_{part}", labels) or 0.0


async def test_each_end_of_an_action_is_counted_once_under_its_kind_and_state(world: World) -> None:
    ends = [("email", "sent"), ("email", "withheld"), ("task", "done")]
    before = [shown("count", *end) for end in ends]
    refused = new_id("con")
    world.customer.contacts[refused] = CONSENTING | {"allowed": False, "because": "no_consent", "address": None}
    await world.email()
    await world.plan("email", refused, EMAIL)
    await world.plan("task", new_id("con"), TASK)
    await world.work()
    await world.work_later()
    assert [shown("count", *end) for end in ends] == [count + 1 for count in before]


async def test_the_time_runs_from_when_the_occasion_was_recorded(world: World) -> None:
    observed, planned = new_id("obs"), world.clock() - timedelta(hours=1)
    before = shown("sum", "task", "done"), shown("sum", "webhook", "failed")
    world.clock.by = timedelta(seconds=40)
    await world.db.write(_ended, "task", "done", observed, planned, by=BY)
    await world.db.write(_ended, "webhook", "failed", None, planned, by=BY)
    assert 30 < shown("sum", "task", "done") - before[0] < 3_600
    assert shown("sum", "webhook", "failed") - before[1] >= 3_600


async def test_what_is_rolled_back_is_not_counted(world: World) -> None:
    before = shown("count", "task", "done")
    with pytest.raises(ValueError, match="rolled back"):
        await world.db.write(_fails, by=BY)
    assert shown("count", "task", "done") == before


async def test_unknown_actions_are_shown_until_a_person_has_spoken(world: World) -> None:
    world.mails.faults.data[ADA] = [CLOSE]
    action = await world.email(ADA)
    await world.work()
    assert await world.db.read(metrics.unknown) == 1
    async with world.client() as client:
        said = {"outcome": "failed", "note": "It is not in the log of the mail server."}
        assert (await client.post(f"/v1/actions/{action}/resolve", json=said)).status_code == 200
    assert await world.db.read(metrics.unknown) == 0


def test_an_id_says_when_it_was_made_and_nothing_else_does() -> None:
    made = moment_of(new_id("obs"))
    assert made is not None and abs(utc_now() - made) < timedelta(minutes=1)
    assert moment_of("once") is None and moment_of("obs_") is None


def _ended(tx: Tx, *args: object) -> None:
    metrics.ended(tx, *args)  # type: ignore[arg-type]


def _fails(tx: Tx) -> None:
    metrics.ended(tx, "task", "done", None, tx.now)
    raise ValueError("rolled back")
