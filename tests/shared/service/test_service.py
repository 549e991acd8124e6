"""A service: rooms become an app that answers and a worker that acts, and what they do can be seen from outside."""

import asyncio
from pathlib import Path

import httpx
import pytest

from shared.service import Service
from shared.service import worker as worker_module
from shared.service.upkeep import Upkeep
from shared.service.worker import Worker
from shared.settings import WrongSetting
from shared.telemetry.tracing import span, trace_id, traceparent
from tests.eventually import eventually
from tests.shared.belfry import belfry, runtime_of, settings_in, started
from tests.shared.facts import METADATA


async def number(client: httpx.AsyncClient, bell: str, wanted: int) -> None:
    """Wait until the bell was heard that often."""

    async def heard() -> bool:
        return bool((await client.get(f"/v1/bells/{bell}")).json() == {"number": wanted})

    await eventually(heard)


async def letters(client: httpx.AsyncClient) -> list[dict[str, str]]:
    async def some() -> bool:
        return bool((await client.get("/v1/dead-letters")).json()["items"])

    await eventually(some)
    return list((await client.get("/v1/dead-letters")).json()["items"])


async def test_a_fact_goes_out_comes_in_and_is_counted(tmp_path: Path) -> None:
    async with started(belfry(), settings_in(tmp_path)) as client:
        await client.put("/v1/bells/big")
        assert (await client.post("/v1/bells/big/ring")).status_code == 200
        await number(client, "big", 1)
        page = (await client.get("/metrics")).text
    for counted in (
        'rainmaker_writes_total{outcome="done",service="test"}',
        'rainmaker_outbox_published_total{service="test",topic="test-bells"}',
        'rainmaker_events_handled_total{outcome="done",service="test",topic="test-bells"}',
        'rainmaker_requests_total{outcome="ok",route="POST /v1/bells/{bell}/ring",service="test"}',
    ):
        assert counted in page


async def test_without_a_worker_facts_wait_in_the_outbox(tmp_path: Path) -> None:
    async with started(belfry(), settings_in(tmp_path), worker=False) as client:
        await client.put("/v1/bells/big")
        await client.post("/v1/bells/big/ring")
        runtime = runtime_of(client)
        await Upkeep(runtime.db, runtime.bus).count()
        page = (await client.get("/metrics")).text
    assert 'rainmaker_outbox_waiting{service="test"} 1.0' in page
    assert 'rainmaker_dead_letters{service="test"} 0.0' in page


async def test_a_worker_with_a_port_shows_its_health_and_metrics_and_no_rooms(tmp_path: Path) -> None:
    async with started(belfry(), settings_in(tmp_path), worker=True, only_operations=True) as client:
        assert set((await client.get("/readyz")).json()["checks"]) == {"database", "bus", "worker"}
        assert (await client.put("/v1/bells/big")).status_code == 404
        assert 'rainmaker_requests_total{outcome="refused",route="PUT unmatched",service="test"}' in (
            (await client.get("/metrics")).text
        )


async def test_a_dead_letter_is_shown_without_its_content_and_handled_again_on_demand(tmp_path: Path) -> None:
    async with started(belfry(), settings_in(tmp_path)) as client:
        await client.post("/v1/bells/poison/ring")
        (letter,) = await letters(client)
        assert letter["reason"].startswith("ValueError at shared/facts.py")
        assert letter["event_type"] == "bell.rang"
        assert "cracked" not in str(letter)
        assert (await client.get(f"/v1/dead-letters/{letter['id']}")).json() == letter
        said = (await client.get(f"/v1/dead-letters/{letter['id']}/message")).json()
        assert (said["key"], said["value"], said["base64"]) == ("poison", '{"bell":"poison"}', False)
        assert (await client.get("/v1/dead-letters/dlq_none")).status_code == 404
        again = await client.post(f"/v1/dead-letters/{letter['id']}/replay")
        assert again.status_code == 409
        assert again.json()["detail"].startswith("It failed again with ValueError at shared/facts.py")
        assert len(await letters(client)) == 1


async def test_the_schema_of_a_fact_is_served_by_its_owner(tmp_path: Path) -> None:
    async with started(belfry(), settings_in(tmp_path)) as client:
        schema = (await client.get("/schemas/bell.rang/1")).json()
        assert schema["$id"] == "/schemas/bell.rang/1"
        assert set(schema["properties"]) == {"bell"}
        assert (await client.get("/schemas/bell.rang/2")).status_code == 404


async def test_scopes_and_topics_follow_from_the_rooms(tmp_path: Path) -> None:
    service = belfry()
    letters = {f"dead-letters:{verb}" for verb in ("read", "open", "replay")}
    assert service.scopes == {"bells:read", "bells:write"} | letters
    assert service.topics == {"test-bells": 6, "test-ears": 6}


async def test_nothing_is_read_or_opened_before_the_start() -> None:
    def load() -> object:
        raise WrongSetting("Set something.")

    app = belfry().app(load)  # type: ignore[arg-type]
    with pytest.raises(WrongSetting):
        async with app.router.lifespan_context(app):
            pass


async def test_what_a_service_was_given_to_do_its_work_is_closed_with_it(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    async with belfry().running(settings):
        pass
    async with belfry().running(settings) as again:
        assert again.name == "test"


async def test_a_sibling_is_called_with_our_own_token_trace_and_request_id(tmp_path: Path) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    service = Service("test", tables=METADATA, rooms=[], calls={"customer": ["recipients:read"]})
    async with service.running(settings_in(tmp_path, customer_url="http://customer.example/")) as runtime:
        client = runtime.client("customer")
        client._transport = httpx.MockTransport(answer)
        with span("dispatch"):
            trace = trace_id(traceparent())
            await client.get("/v1/contacts")
        assert runtime.client("customer") is client
        principal = runtime.tokens.verify(seen[0].headers["Authorization"].removeprefix("Bearer "))
    assert str(seen[0].url) == "http://customer.example/v1/contacts"
    assert (principal.subject, principal.scopes) == ("service:test", frozenset({"recipients:read"}))
    assert trace_id(seen[0].headers["traceparent"]) == trace


async def test_a_fingerprint_is_keyed_by_the_master_key(tmp_path: Path) -> None:
    other = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
    prints = []
    for place, given in enumerate(({}, {}, {"master_key": other})):
        async with belfry().running(settings_in(tmp_path / str(place), **given)) as runtime:
            prints.append(runtime.fingerprint(b"body"))
    assert prints[0] == prints[1] != prints[2]


async def test_a_loop_that_ends_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "SHORTEST_PAUSE", 0.001)
    monkeypatch.setattr(worker_module, "STEADY_SECONDS", 0.05)
    ends: list[BaseException | None] = [ValueError(), asyncio.CancelledError(), None]

    async def loop() -> None:
        if not ends:
            await asyncio.Event().wait()
        if error := ends.pop():
            raise error

    async with Worker("test", {"loop": loop}) as working:

        async def well() -> bool:
            return not ends and not working.troubles

        await eventually(well)
        assert working.running


async def test_the_runtime_says_which_address_it_lacks(tmp_path: Path) -> None:
    async with belfry().running(settings_in(tmp_path)) as runtime:
        with pytest.raises(WrongSetting, match="Set RAINMAKER_CAMPAIGN_URL"):
            runtime.client("campaign")
