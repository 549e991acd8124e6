"""customer_svc is asked at the moment of sending: while it is away actions wait, and its newest word is what counts.

The three services work in this process: so customer_svc can be out of reach for campaign_svc, and still be told things.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from services import of_name
from services.local import addresses
from shared.access.localkeys import make_local_keys
from shared.access.tokens import Tokens
from shared.bus import open_bus
from shared.service import serving
from shared.settings import SERVICES, Settings
from tests.e2e.leads import grade_b
from tests.eventually import eventually
from tests.real.ports import free_ports

SCOPES = ["leads:write", "contacts:read", "contacts:write", "actions:read"]
WITHDRAWN = {"purpose": "marketing", "channel": "email", "granted": False, "source": "call"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    given: dict[str, object] = {"smtp_url": f"file://{tmp_path}/mailbox", "mail_from": "us@mill.example"}
    return make_local_keys(Settings.load({}, data=tmp_path, **given, **addresses(free_ports() - 1)))


@pytest.fixture
async def apps(settings: Settings) -> AsyncIterator[dict[str, FastAPI]]:
    """Each service with its worker, on one bus; none of them listens."""
    async with AsyncExitStack() as running:
        bus = open_bus(settings.bus)
        running.push_async_callback(bus.close)
        apps = {}
        for service in map(of_name, SERVICES):
            service.migrate(settings)
            await bus.create_topics(service.topics)
            apps[service.name] = service.app(lambda: settings, worker=True, bus=bus)
        for app in apps.values():
            await running.enter_async_context(app.router.lifespan_context(app))
        yield apps


class Listening(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The test's process keeps its own."""
        yield


@asynccontextmanager
async def within_reach(app: FastAPI, url: str) -> AsyncIterator[None]:
    """The service listens at its address inside this block."""
    server = Listening(uvicorn.Config(app, lifespan="off", log_config=None))
    place = httpx.URL(url)
    listener = serving.listener(place.host, place.port or 0)
    listening = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = server.force_exit = True
        await listening


def client(app: FastAPI, settings: Settings) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {Tokens(settings.signing_key).issue('user:test', SCOPES, 600)}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inside", headers=headers)


async def test_actions_wait_for_customer_svc_and_a_withdrawn_consent_withholds(
    apps: dict[str, FastAPI], settings: Settings, tmp_path: Path
) -> None:
    async with client(apps["customer"], settings) as customer, client(apps["campaign"], settings) as campaign:
        ada, eve = [await captured(customer, who) for who in ("ada", "eve")]
        for contact in (ada, eve):
            await eventually(lambda one=contact: waits_for(campaign, one))  # type: ignore[misc]
        withdrawn = await customer.put(f"/v1/contacts/{eve}/consent", json=WITHDRAWN, headers={"If-Match": '"1"'})
        assert withdrawn.status_code == 200, withdrawn.text
        assert (await action_of(campaign, ada) or {})["state"] == "waiting"
        async with within_reach(apps["customer"], settings.customer_url):
            assert await eventually(lambda: ended(campaign, ada), seconds=180) == ("sent", None)
            assert await eventually(lambda: ended(campaign, eve), seconds=180) == ("withheld", "no_consent")
        (told,) = await eventually(lambda: entries(customer, eve, "action.withheld"))
        assert told["data"]["because"] == "no_consent"
    (mail,) = [path.read_text() for path in (tmp_path / "mailbox").glob("*.eml")]
    assert "ada@mill.example" in mail


async def captured(customer: httpx.AsyncClient, who: str) -> str:
    answer = await customer.post("/v1/leads", json=grade_b(who))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["contact_id"])


async def action_of(campaign: httpx.AsyncClient, contact: str) -> dict[str, Any] | None:
    """The one e-mail that is planned for them, with what it waits for."""
    planned = (await campaign.get(f"/v1/actions?contact={contact}")).json()["items"]
    assert len(planned) <= 1
    return dict((await campaign.get(f"/v1/actions/{planned[0]['id']}")).json()) if planned else None


async def waits_for(campaign: httpx.AsyncClient, contact: str) -> bool:
    action = await action_of(campaign, contact)
    assert action is None or action["state"] == "waiting"
    return bool(action and action["detail"] == "customer_svc cannot be reached (ConnectError).")


async def ended(campaign: httpx.AsyncClient, contact: str) -> tuple[str, str | None] | None:
    action = await action_of(campaign, contact)
    return (action["state"], action["because"]) if action and action["state"] != "waiting" else None


async def entries(customer: httpx.AsyncClient, contact: str, kind: str) -> list[dict[str, Any]]:
    items = (await customer.get(f"/v1/contacts/{contact}/timeline")).json()["items"]
    return [one for one in items if one["kind"] == kind]
