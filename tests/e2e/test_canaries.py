"""What identifies a person is on no disk, in no log, metric, dead letter or segment: only in the mail that was written.

Not even when the processes are killed, so that write-ahead logs are as they were.
"""

import asyncio
import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.bus import open_bus
from tests.e2e import canaries
from tests.e2e.system import SERVICES, System, local, running
from tests.eventually import eventually
from tests.real.kafka import Broker
from tests.real.postgres import OwnServer, Server, fresh_service_databases

BATCH = 200


@dataclass
class Place:
    """A system, its bus, and every folder that any part of it writes to."""

    system: System
    bus_url: str
    folders: Sequence[Path]


@pytest.fixture
def own_postgres(postgres_server: Server) -> Iterator[OwnServer]:
    """One whose folder can be read, and holds nothing of other tests. (`postgres_server` says if one can be had.)"""
    server = OwnServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(params=["sqlite, embedded bus", "postgresql, kafka"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    settings, folders = {}, [tmp_path]
    if request.param == "postgresql, kafka":
        server: OwnServer = request.getfixturevalue("own_postgres")
        broker: Broker = request.getfixturevalue("own_kafka")
        keys = fresh_service_databases(server)
        settings = {
            "DATABASE_URL": keys,
            "BUS_URL": f"{broker.url}?request_timeout_ms=30000&publish_timeout_ms=60000",
            "RAINMAKER_KEYS_URL": keys.format(service="keys"),
        }
        folders += [server.data, broker.folder]
    with running(local(tmp_path, **settings)) as system:
        yield Place(system, settings.get("BUS_URL", f"sqlite:///{system.data}/bus.db"), folders)


async def test_nothing_that_identifies_a_person_is_found_outside_of_the_mails(place: Place) -> None:
    await a_thousand_people_come(place.system)
    await some_are_refused_and_looked_for(place.system)
    await eventually(lambda: everything_followed(place.system), seconds=240, pause=0.5)
    place.system.stop()
    await a_fact_is_spoilt(place.bus_url)
    place.system.start()
    await eventually(lambda: dead_letters(place.system))
    measured = [await text_of(place.system, name, "/metrics") for name in SERVICES]
    letters = await dead_letters(place.system)
    place.system.kill_all()

    assert [seen for text in (*measured, str(letters)) for seen in canaries.seen_in(text.encode(), "shown")] == []
    assert await asyncio.to_thread(canaries.sightings, place.folders) == []
    mails = list(place.system.mailbox.glob("*.eml"))
    assert len(mails) == canaries.NUMBERS
    assert canaries.sightings([place.system.mailbox], allowed=""), "the search finds them where they are"


async def a_thousand_people_come(system: System) -> None:
    async with system.client("customer") as customer:
        for start in range(0, canaries.NUMBERS, BATCH):
            leads = [canaries.person(number) for number in range(start, start + BATCH)]
            answer = await customer.post(
                "/v1/leads:batch", json={"leads": leads}, headers={"Idempotency-Key": f"k{start}"}
            )
            assert {result["status"] for result in answer.json()["results"]} == {201}, answer.text[:500]


async def some_are_refused_and_looked_for(system: System) -> None:
    """What goes wrong is written about too: in answers, logs and metrics."""
    known = canaries.person(1)
    async with system.client("customer") as customer:
        for spoilt in ({"email": f"{canaries.WORD}@"}, {canaries.WORD: "x"}, {"phone": f"{canaries.DIGITS}x"}):
            assert (await customer.post("/v1/leads", json={"source": "fair", **spoilt})).status_code == 422
        of_two = {"source": "demo_request", "email": known["email"], "external_id": canaries.person(2)["external_id"]}
        refused = await customer.post("/v1/leads", json=of_two)
        assert refused.status_code == 409 and canaries.WORD not in refused.text
        found = await customer.post("/v1/contacts/search", json={"email": known["email"]})
        assert found.json()["items"][0]["phone"] == known["phone"]


async def everything_followed(system: System) -> bool:
    async with system.client("campaign") as campaign, system.client("customer") as customer:
        totals = (await campaign.get("/v1/actions/summary")).json()
        page = (await customer.get("/v1/contacts?limit=200&sort=updated_at")).json()["items"]
        settled = not totals["waiting"] and totals["sent"] == totals["done"] == canaries.NUMBERS
        return settled and all(contact["score"] for contact in page)


async def a_fact_is_spoilt(bus_url: str) -> None:
    """A fact about a person comes again in a version that nobody knows: it is set aside, with its bytes."""
    bus = open_bus(bus_url)
    try:
        async with bus.consume("canaries", ["customer-contacts"]) as consumer:
            records = await eventually(lambda: consumer.poll(1, 1.0))
        message = records[0].message
        headers = {**message.headers, "ce_id": "spoilt", "ce_dataschema": "/schemas/lead.captured/99"}
        await bus.publish([replace(message, headers=headers)])
    finally:
        await bus.close()


async def dead_letters(system: System) -> Any:
    try:
        async with system.client("analytics") as analytics:
            return (await analytics.get("/v1/dead-letters")).json()["items"]
    except httpx.TransportError:
        return []


async def text_of(system: System, service: str, path: str) -> str:
    async with system.client(service) as client:
        return (await client.get(path)).text


@pytest.mark.parametrize("before", [b"", b"x", b"xy"])
@pytest.mark.parametrize("text", [canaries.WORD, canaries.WORD.title(), canaries.DIGITS])
def test_the_search_sees_a_canary_in_every_spelling_and_alignment(text: str, before: bytes, tmp_path: Path) -> None:
    whole = before + text.encode() + b" and more"
    for name, content in {"plain": whole, "base64": base64.b64encode(whole)}.items():
        (tmp_path / name).write_bytes(b"\0\xff" + content)
    for code in ("utf-16-le", "utf-16-be"):
        (tmp_path / code).write_bytes(before + text.encode(code))
    seen = {Path(sighting.partition(":")[0]).name for sighting in canaries.sightings([tmp_path])}
    assert seen == {"plain", "base64", "utf-16-le", "utf-16-be"}
