"""How many connectors do not get on, as an operator is shown it."""

from services.campaign_svc.connectors.metrics import FAILURES, failing
from tests.campaign_svc.connectors.network import FaultyNetwork, refusing
from tests.campaign_svc.connectors.world import World


async def test_a_connector_fails_from_the_third_failure_in_a_row_until_a_page_gets_through(
    world: World, network: FaultyNetwork
) -> None:
    connector = await world.create(network.connector(network.url))
    network.faults.extend([refusing(500)] * FAILURES)
    seen = []
    for _ in range(FAILURES):
        await world.work()
        seen.append(await world.db.read(failing))
        await world._pass_time(connector)
    assert seen == [0, 0, 1]
    await world.pull(connector)
    assert await world.db.read(failing) == 0


async def test_a_connector_whose_last_pull_was_given_up_fails_until_it_is_switched_off(
    world: World, network: FaultyNetwork
) -> None:
    wanted = network.connector(network.url)
    connector = await world.create(wanted)
    await world.pull(connector)
    network.faults.append(refusing(404))
    assert (await world.pull(connector))["state"] == "failed"
    assert await world.db.read(failing) == 1
    await world.change(connector, wanted | {"enabled": False})
    assert await world.db.read(failing) == 0
