"""Pulls that are cut short: by a worker's death, a person's change, the time of a turn, or a second worker."""

import asyncio
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest

from services.campaign_svc.connectors import pulling
from services.campaign_svc.connectors.pulling import PullConnector
from shared.due import Outcome, Work
from shared.due.rows import claim
from tests.analytics_svc.rooms import BY
from tests.campaign_svc.connectors.network import FaultyNetwork, Held, after, refusing
from tests.campaign_svc.connectors.world import World
from tests.eventually import eventually


async def begun(work: Work) -> None:
    """Nothing to do: a pull is repeatable."""


async def test_a_worker_that_dies_between_pages_is_followed_by_one_that_goes_on_there(
    world: World, network: FaultyNetwork
) -> None:
    connector, held = await world.create(network.connector(network.url)), Held()
    network.faults.extend([None, None, held])
    await world.due.do_some()
    await asyncio.wait_for(held.reached.wait(), 90)
    for task in list(world.due._under_way):  # as kill -9 would: nothing of it is settled
        task.cancel()
    await world.due.finished()
    world.restart()
    world.clock.by += timedelta(minutes=2)
    assert (await world.pull(connector))["state"] == "done"
    assert await world.stored() == network.truth
    assert network.cursors == ["0", "40", "80", "80", "120"]


async def test_a_worker_that_dies_after_the_last_page_leaves_nothing_to_be_asked_for_again(
    world: World, network: FaultyNetwork
) -> None:
    connector = await world.create(network.connector(network.url))
    assert isinstance(world.effect, PullConnector)
    [work] = await world.db.write(claim, [world.effect.task], 1, timedelta(minutes=1), by=BY)
    results = await world.effect.act([work], begun)
    assert results[work.id].outcome is Outcome.DONE  # and nobody settles it
    world.restart()
    world.clock.by += timedelta(minutes=2)
    network.faults.append(refusing(404))  # as networks answer beyond their last page
    pull = await world.pull(connector)
    assert (pull["state"], pull["pages"], pull["rows_new"], pull["rows_same"]) == ("done", 4, 150, 0)
    assert network.cursors == ["0", "40", "80", "120"]
    assert (await world.client.get(f"/v1/connectors/{connector['id']}")).json()["pulled_until"] == pull["last_day"]


async def test_a_pull_that_takes_long_goes_on_at_once_in_another_turn(
    world: World, network: FaultyNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector, held = await world.create(network.connector(network.url)), Held()
    network.faults.extend([None, held])
    await world.due.do_some()
    await asyncio.wait_for(held.reached.wait(), 90)
    monkeypatch.setattr(pulling, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + pulling.TURN_SECONDS))
    held.released.set()
    await world.due.finished()
    [pull] = await world.pulls(connector)
    assert (pull["state"], pull["pages"], pull["retry_at"]) == ("running", 2, None)
    assert await world.work() == 1
    assert (await world.pulls(connector))[-1]["state"] == "done"
    assert network.cursors == ["0", "40", "80", "120"]


async def test_switching_off_stops_a_pull_between_two_pages_and_plans_no_other(
    world: World, network: FaultyNetwork
) -> None:
    wanted = network.connector(network.url)
    connector = await world.create(wanted)

    async def switched_off() -> None:
        assert (await world.change(connector, wanted | {"enabled": False})).status_code == 200

    network.faults.extend([None, after(switched_off)])
    pull = await world.pull(connector)
    assert (pull["state"], pull["pages"]) == ("stopped", 1)
    assert len(await world.stored()) == 40
    world.clock.by += timedelta(days=2)
    assert await world.work() == 0
    assert [one["state"] for one in await world.pulls(connector)] == ["stopped"]


async def test_a_changed_connector_stores_nothing_more_by_its_old_settings(
    world: World, network: FaultyNetwork
) -> None:
    wanted = network.connector(network.url)
    connector = await world.create(wanted)

    async def changed() -> None:
        mapping = wanted["mapping"] | {"account": {"value": "other"}}
        assert (await world.change(connector, wanted | {"mapping": mapping})).status_code == 200

    network.faults.append(after(changed))
    await world.work()
    assert await world.stored() == {}
    assert (await world.pull(connector))["state"] == "done"
    assert await world.stored() == network.truth


async def test_a_worker_that_wakes_after_its_lease_takes_no_turn_from_the_one_ahead_of_it(
    world: World, network: FaultyNetwork
) -> None:
    connector, asleep, ahead = await world.create(network.connector(network.url)), Held(), Held()
    network.faults.extend([asleep, None, ahead])
    frozen = world.due
    await frozen.do_some()
    await asyncio.wait_for(asleep.reached.wait(), 90)
    world.clock.by += timedelta(minutes=2)
    world.restart()
    await world.due.do_some()
    await asyncio.wait_for(ahead.reached.wait(), 90)
    asleep.released.set()
    await frozen.finished()
    ahead.released.set()
    await world.due.finished()
    [_, pull] = await world.pulls(connector)
    assert (pull["state"], pull["pages"], pull["rows_new"], pull["rows_same"]) == ("done", 4, 150, 0)
    assert await world.stored() == network.truth
    assert network.cursors == ["0", "0", "40", "80", "120"]


async def test_a_running_service_pulls_by_itself(world: World, network: FaultyNetwork) -> None:
    connector = await world.create(network.connector(network.url))
    running = asyncio.create_task(world.due.run())

    async def done() -> bool:
        return any(one["state"] == "done" for one in await world.pulls(connector))

    await eventually(done)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await world.stored() == network.truth
