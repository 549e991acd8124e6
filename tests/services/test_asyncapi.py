"""What each of the three services says of itself on the bus: valid, exampled, complete; and its page for people."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from services import of_name
from shared.service import PARTITIONS, Service
from shared.settings import SERVICES
from tests.contracts.golden import contracts

Json = dict[str, Any]
SPECIFICATION = json.loads((Path(__file__).parents[1] / "node" / "asyncapi-3.0.0.schema.json").read_text())


@pytest.fixture(scope="module", params=SERVICES)
def service(request: pytest.FixtureRequest) -> Service:
    return of_name(request.param)


def client(service: Service) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(service.app()), base_url="http://service")


async def document_of(service: Service) -> Json:
    async with client(service) as asked:
        answer = await asked.get("/asyncapi.json")
        assert answer.status_code == 200
        return dict(answer.json())


async def test_it_satisfies_the_schema_of_the_specification(service: Service) -> None:
    jsonschema.Draft7Validator(SPECIFICATION).validate(await document_of(service))


async def test_every_reference_leads_somewhere(service: Service) -> None:
    document = await document_of(service)
    for reference in set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(document))):
        here: Any = document
        for step in reference.removeprefix("#/").split("/"):
            here = here[step]


async def test_it_tells_of_each_topic_what_is_sent_and_received(service: Service) -> None:
    document = await document_of(service)
    channels, operations = document["channels"], document["operations"]
    assert {topic: one["bindings"]["kafka"]["partitions"] for topic, one in channels.items()} == service.topics
    told = {
        (one["action"], message["$ref"].rpartition("/")[2])
        for one in operations.values()
        for message in one["messages"]
    }
    sent = {("send", f"{event.TYPE}.{event.VERSION}") for event in service.facts}
    assert told == sent | {("receive", f"{event.TYPE}.{event.VERSION}") for event in service.receives}
    assert all(one["bindings"]["kafka"]["topicConfiguration"]["retention.ms"] > 0 for one in channels.values())
    assert PARTITIONS in service.topics.values()


async def test_every_message_has_an_example_that_fits_its_schema(service: Service) -> None:
    document = await document_of(service)
    components = document["components"]
    published = contracts()  # other tests in this process may have registered facts of their own
    for name, message in components["messages"].items():
        if name not in published:
            continue
        resolved = {"$ref": message["payload"]["$ref"], "components": components}
        assert message["examples"], name
        for example in message["examples"]:
            jsonschema.Draft202012Validator(resolved).validate(example["payload"])


async def test_the_page_for_people_names_every_fact_and_needs_nobody_else(service: Service) -> None:
    async with client(service) as asked:
        page = await asked.get("/asyncapi")
        assert (page.status_code, re.findall(r'(?:src|href)="(?:https?:)?//', page.text)) == (200, [])
        assert "default-src 'none'" in page.headers["content-security-policy"] and "<script" not in page.text
        for file in re.findall(r'(?:src|href)="(/[^"#]*)"', page.text):
            assert (await asked.get(file)).status_code == 200, file
        assert all(f"<code>{event.TYPE}</code>" in page.text for event in (*service.facts, *service.receives))
