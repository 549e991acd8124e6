"""Pulls against a network that fails in every way: what is stored in the end is that network's truth."""

from datetime import datetime, timedelta
from random import Random

import pytest

from tests.campaign_svc.connectors.network import (
    Fault,
    FaultyNetwork,
    cut_off,
    dies,
    hangs_up,
    refusing,
    truncated,
)
from tests.campaign_svc.connectors.world import World

CURSORS = ["0", "40", "80", "120"]


async def test_a_pull_stores_every_page_to_the_micro(world: World, network: FaultyNetwork) -> None:
    pull = await world.pull(await world.create(network.connector(network.url)))
    assert (pull["state"], pull["pages"], pull["rows_new"], pull["rows_rejected"]) == ("done", 4, 150, 0)
    assert await world.stored() == network.truth
    assert network.cursors == CURSORS


@pytest.mark.parametrize("fault", [truncated, dies, cut_off, hangs_up, refusing(500), refusing(503)])
async def test_a_page_that_breaks_leaves_nothing_and_is_asked_for_again(
    world: World, network: FaultyNetwork, fault: Fault
) -> None:
    connector = await world.create(network.connector(network.url))
    network.faults.extend([None, fault])
    await world.work()
    assert len(await world.stored()) == 40
    [waiting] = await world.pulls(connector)
    assert (waiting["state"], waiting["pages"]) == ("running", 1)
    assert waiting["error"]
    pull = await world.pull(connector)
    assert (pull["state"], pull["error"], pull["rows_new"]) == ("done", None, 150)
    assert await world.stored() == network.truth
    assert network.cursors == ["0", "40", "40", "80", "120"]


async def test_a_network_that_is_busy_is_left_alone_as_long_as_it_says(world: World, network: FaultyNetwork) -> None:
    connector = await world.create(network.connector(network.url))
    network.faults.extend([None, refusing(429, Retry_After="90")])
    before = world.clock()
    await world.work()
    [waiting] = await world.pulls(connector)
    pause = datetime.fromisoformat(waiting["retry_at"]) - before
    assert timedelta(seconds=90) < pause < timedelta(seconds=100)
    assert await world.work() == 0
    assert (await world.pull(connector))["state"] == "done"
    assert await world.stored() == network.truth


async def test_history_that_was_rewritten_is_revised_as_far_as_the_pull_looks_back(
    world: World, network: FaultyNetwork
) -> None:
    connector = await world.create(network.connector(network.url))
    await world.pull(connector)
    recent, old = world.day(ago=3), world.day(ago=20)
    network.rewrite(old)
    unseen = network.truth
    network.rewrite(recent)
    pull = await world.pull(connector)
    assert (pull["rows_new"], pull["rows_revised"], pull["rows_same"]) == (0, 5, 30)
    assert network.queries[-1]["since"] == world.day(ago=7).isoformat()
    stored = await world.stored()
    differing = {day for (day, name), figures in network.truth.items() if stored[day, name] != figures}
    assert differing == {old.isoformat()}
    assert stored != unseen


async def test_a_changed_mapping_asks_for_everything_again_and_a_changed_schedule_does_not(
    world: World, network: FaultyNetwork
) -> None:
    wanted = network.connector(network.url)
    wrong = wanted["mapping"] | {"spend": wanted["mapping"]["spend"] | {"scale": "0.00001"}}
    connector = await world.create(wanted | {"mapping": wrong})
    await world.pull(connector)
    world.clock.by += timedelta(minutes=1)
    connector = (await world.change(connector, wanted)).json()
    pull = await world.pull(connector)
    assert (pull["first_day"], pull["rows_revised"]) == (wanted["since"], 150)
    assert await world.stored() == network.truth
    await world.change(connector, wanted | {"every_seconds": 900})
    assert (await world.pull(connector))["first_day"] == world.day(ago=7).isoformat()


async def test_corrected_paging_asks_for_everything_again(world: World, network: FaultyNetwork) -> None:
    wanted = network.connector(network.url)
    connector = await world.create(wanted | {"paging": {"kind": "none"}})
    await world.pull(connector)
    assert len(await world.stored()) == 40
    await world.change(connector, wanted)
    pull = await world.pull(connector)
    assert (pull["first_day"], pull["rows_new"]) == (wanted["since"], 110)
    assert await world.stored() == network.truth


async def test_days_that_passed_while_the_network_was_away_are_not_left_out(
    world: World, network: FaultyNetwork
) -> None:
    connector = await world.create(network.connector(network.url) | {"look_back_days": 1})
    await world.pull(connector)
    network.go_on(days=6)
    world.clock.by += timedelta(days=6)
    network.faults.append(refusing(404))
    assert (await world.pull(connector))["state"] == "failed"
    assert (await world.pull(connector))["state"] == "done"
    assert await world.stored() == network.truth


async def test_after_any_number_of_failures_what_is_stored_is_the_truth(world: World, network: FaultyNetwork) -> None:
    chance = Random(7)
    faults = [truncated, dies, cut_off, hangs_up, refusing(500), refusing(429, Retry_After="2"), refusing(503)]
    connector = await world.create(network.connector(network.url))
    for _ in range(4):
        network.faults.extend(chance.choice([*faults, None, None, None]) for _ in range(12))
        network.rewrite(world.day(ago=chance.randrange(1, 7)))
        pull = await world.pull(connector)
        assert pull["state"] == "done", pull
        network.faults.clear()
    await world.pull(connector)
    assert await world.stored() == network.truth


async def test_a_network_that_says_no_fails_the_pull_and_is_asked_again_on_schedule(
    world: World, network: FaultyNetwork
) -> None:
    connector = await world.create(network.connector(network.url, every_seconds=600))
    network.faults.append(refusing(401))
    pull = await world.pull(connector)
    assert (pull["state"], pull["rows_new"]) == ("failed", 0)
    assert "credential" in pull["error"]
    [following, _] = await world.pulls(connector)
    pause = datetime.fromisoformat(following["planned_at"]) - datetime.fromisoformat(pull["started_at"])
    assert pause == timedelta(seconds=600)


async def test_a_network_that_stays_away_is_given_up_until_the_next_time(world: World, network: FaultyNetwork) -> None:
    connector = await world.create(network.connector(network.url))
    network.faults.extend(refusing(503) for _ in range(200))
    pull = await world.pull(connector, tries=150)
    assert pull["state"] == "failed"
    assert "Given up" in pull["error"]
    assert "503" in pull["error"]
    network.faults.clear()
    assert (await world.pull(connector))["state"] == "done"


async def test_rows_that_cannot_be_read_are_counted_and_told_and_the_others_stored(
    world: World, network: FaultyNetwork
) -> None:
    for number, key in enumerate(sorted(network.figures)):
        if number < 120:
            network.figures[key] = dict(network.figures[key]) | {"clicks": "many"}  # type: ignore[assignment]
    pull = await world.pull(await world.create(network.connector(network.url)))
    assert (pull["state"], pull["rows_new"], pull["rows_rejected"], len(pull["rejects"])) == ("done", 30, 120, 100)
    first, later = pull["rejects"][0], pull["rejects"][40]
    assert (first["page"], first["row"], first["field"], later["page"]) == (1, 1, "clicks", 2)
    assert "many" not in str(pull["rejects"])


async def test_a_pull_that_gets_on_is_not_given_up_however_long_it_takes(world: World, network: FaultyNetwork) -> None:
    connector = await world.create(network.connector(network.url))
    for _ in range(3):  # a page, then a failure, four hours apart: twelve hours in all
        network.faults.extend([None, refusing(503, Retry_After="14400")])
        await world.work()
        world.clock.by += timedelta(hours=4, minutes=30)
    pull = await world.pull(connector)
    assert (pull["state"], pull["rows_new"]) == ("done", 150)
    assert await world.stored() == network.truth
