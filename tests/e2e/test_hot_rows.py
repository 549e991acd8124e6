"""Ten people whom everybody talks about: batches in opposite orders from several processes lock nobody out.

Two `api` and two `worker` of customer_svc, two `worker` of analytics_svc, on PostgreSQL and Kafka.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from services.demo.careful import Careful
from shared.bus import open_bus
from shared.contracts.customer import LeadCaptured
from shared.events.cloudevents import decode
from tests.e2e.leads import grade_b
from tests.e2e.system import NO_TLS, System, running, scaled
from tests.eventually import eventually
from tests.real.kafka import Broker
from tests.real.ports import free_ports

PEOPLE = [f"hot{number}" for number in range(10)]
BATCHES = 40
OBSERVATIONS = 2 * BATCHES
"""Of each person: each batch names everybody twice."""
SECOND = "customer-api-2"


@pytest.fixture
def hot(tmp_path: Path, postgres_service_url: str, own_kafka: Broker) -> Iterator[System]:
    system = scaled(tmp_path, postgres_service_url, own_kafka.url, SMTP_URL=f"file://{tmp_path / 'mailbox'}")
    for name in [name for name in system.processes if name.startswith("campaign") or name == "analytics-api"]:
        del system.processes[name]
    first, port = system.processes["customer-api"], free_ports(1)
    second = replace(first, command=[*first.command[:-1], str(port)], log=tmp_path / f"{SECOND}.log")
    second.probe = f"http://127.0.0.1:{port}/readyz"
    system.processes[SECOND], system.urls[SECOND] = second, f"http://127.0.0.1:{port}"
    with running(system):
        yield system


async def test_hot_people_in_opposite_orders_cost_no_error_no_deadlock_and_no_gap(
    hot: System, postgres_service_url: str, own_kafka: Broker
) -> None:
    statuses = await everybody_talks(hot)
    assert statuses == {200: BATCHES}
    contacts = await eventually(lambda: scored(hot), seconds=240, pause=0.5)
    assert {(one["observations"], one["version"]) for one in contacts} == {(OBSERVATIONS, OBSERVATIONS)}
    assert len(contacts) == len(PEOPLE)
    assert await sequences(own_kafka) == {contact["id"]: list(range(1, OBSERVATIONS + 1)) for contact in contacts}
    assert set(hot.stop().values()) == {0}  # a session tells what it counted at the latest when it ends
    assert deadlocks(postgres_service_url) == {"customer": 0, "analytics": 0}


async def everybody_talks(system: System) -> Counter[int]:
    """A machine that stands still refuses what it has; rows that hold each other up would go on refusing."""
    ways = Careful(verify=NO_TLS), Careful(verify=NO_TLS)
    async with (
        system.client("customer", transport=ways[0]) as first,
        system.client(SECOND, transport=ways[1]) as second,
    ):
        answers = await asyncio.gather(*(talk(number, (first, second)[number // 2 % 2]) for number in range(BATCHES)))
    assert sum(way.told_to_come_again for way in ways) <= BATCHES
    return Counter(answers)


async def talk(number: int, client: httpx.AsyncClient) -> int:
    """Each batch names everybody forwards and backwards; every other one the other way round."""
    order = [*PEOPLE, *reversed(PEOPLE)] if number % 2 else [*reversed(PEOPLE), *PEOPLE]
    answer = await client.post("/v1/leads:batch", json={"leads": [grade_b(who) for who in order]})
    if answer.status_code == 200:
        assert {result["status"] for result in answer.json()["results"]} <= {200, 201}, answer.text[:500]
    return answer.status_code


async def scored(system: System) -> list[dict[str, Any]] | None:
    """The contacts, once a score for each observation is on their timelines: hot rows for the workers too."""
    async with system.client("customer") as customer:
        contacts: list[dict[str, Any]] = (await customer.get("/v1/contacts")).json()["items"]
        for contact in contacts:
            entries = (await customer.get(f"/v1/contacts/{contact['id']}/timeline?limit=200")).json()["items"]
            if sum(entry["kind"] == "lead.scored" for entry in entries) < OBSERVATIONS:
                return None
    return contacts


async def sequences(broker: Broker) -> dict[str, list[int]]:
    """The versions of each contact, in the order in which they stand on the bus."""
    bus, found = open_bus(broker.url), list[LeadCaptured]()
    async with bus.consume("hot-rows", ["customer-contacts"]) as consumer:
        async with asyncio.timeout(120):
            while len({fact.id for fact in found}) < OBSERVATIONS * len(PEOPLE):
                records = await consumer.poll(500, 1.0)
                found += [fact for one in records if isinstance(fact := decode(one.message), LeadCaptured)]
                await consumer.done(records)
    await bus.close()
    told: dict[str, list[int]] = {}
    for fact in {fact.id: fact for fact in found}.values():
        told.setdefault(fact.contact_id, []).append(fact.sequence)
    return told


def deadlocks(url: str) -> dict[str, int]:
    found = {}
    for service in ("customer", "analytics"):
        with psycopg.connect(url.format(service=service)) as connection:
            query = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            [(found[service],)] = connection.execute(query).fetchall()
    return found
