"""Outside the local mode nothing but public hosts is reached: refused when saved, when tested, and when sent."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.campaign_svc.tables import tables
from services.campaign_svc.webhooks import endpoints
from services.campaign_svc.webhooks.sealed import sealed_secret
from services.campaign_svc.webhooks.shapes import EndpointIn
from shared.ids import new_id
from tests.campaign_svc.webhooks.receiver import told
from tests.campaign_svc.webhooks.world import BY, World, runtime_of
from tests.clocks import Shifted
from tests.fixtures import MakeDatabase

HOSTILE = [
    "http://example.com/hook",
    "https://127.0.0.1/hook",
    "https://localhost/hook",
    "https://[::1]/hook",
    "https://2130706433/hook",
    "https://169.254.169.254/latest/meta-data",
    "https://10.0.0.7/hook",
    "https://user:word@example.com/hook",
    "https://example.com:22/hook",
]


@pytest.fixture
async def public(make_database: MakeDatabase, tmp_path: Path) -> AsyncIterator[World]:
    """Where only public addresses may be asked."""
    clock = Shifted()
    db = make_database(tables.metadata, clock=clock)
    world = World(runtime_of(db, tmp_path, private_addresses=False), clock)
    yield world
    await world.close()


async def stored(world: World, url: str) -> str:
    """An endpoint that was saved when its address was a good one."""
    endpoint_id = new_id("whk")
    secret = sealed_secret(world.runtime.settings.master, endpoint_id)
    await world.db.write(endpoints.create, endpoint_id, EndpointIn(name="crm", url=url), secret, by=BY)
    return endpoint_id


@pytest.mark.parametrize("url", HOSTILE)
async def test_it_is_refused_when_it_is_saved(public: World, url: str) -> None:
    endpoint_id = await stored(public, "https://example.com/hook")
    async with public.client() as client:
        made = await client.post("/v1/webhooks", json={"name": "other", "url": url})
        changed = await client.patch(f"/v1/webhooks/{endpoint_id}", json={"url": url}, headers={"If-Match": '"1"'})
        listed = (await client.get("/v1/webhooks")).json()["items"]
    assert [(one.status_code, one.json()["errors"][0]["pointer"]) for one in (made, changed)] == [(422, "/url")] * 2
    assert [(one["name"], one["version"]) for one in listed] == [("crm", 1)]


async def test_it_is_refused_when_it_is_tested_and_when_it_is_sent(public: World) -> None:
    async with told() as inside:
        endpoint_id = await stored(public, inside.url.replace("http://", "https://"))
        async with public.client() as client:
            tested = (await client.post(f"/v1/webhooks/{endpoint_id}/test")).json()
        (action,) = await public.plan()
        await public.work()
    ((status, reason),) = await public.log(action)
    assert (tested["accepted"], tested["status"], status) == (False, None, None)
    assert tested["reason"] == reason == "The IP address is not one of a public host."
    assert inside.receiver.connections == 0
    assert await public.states(action) == [("waiting", None)]
