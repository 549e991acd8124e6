"""What GET gave can be put back as it is, wherever there is a PUT: nothing changes but the version."""

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from sqlalchemy import MetaData

from services import of_name
from services.analytics_svc import scoring
from services.analytics_svc.tables import tables as of_analytics
from services.campaign_svc import connectors, journeys, templates
from services.campaign_svc.connectors.shapes import SETTINGS
from services.campaign_svc.journeys.definitions import DEFINITION
from services.campaign_svc.tables import tables as of_campaign
from services.campaign_svc.tasks import models as _tasks  # noqa: F401  its tables belong to the service
from services.campaign_svc.templates.models import CONTENT
from shared.settings import SERVICES
from tests.analytics_svc.rooms import BY, client_of
from tests.fixtures import MakeDatabase

NO_THING_OF_ITS_OWN = {"/v1/contacts/{contact_id}/consent": "says one permission of the many that GET shows"}
CALL = {"kind": "task", "name": "call", "title": "Call", "due_in_seconds": 60}
CHANGES = {"version", "updated_at", "created_at", "created_by"}
"""Of a version: who made it, and when, is said of each."""


@dataclass(frozen=True)
class Thing:
    room: ModuleType
    tables: MetaData
    path: str
    made: dict[str, Any] | None
    """None: there is one, which is made with the system."""


def connector(**auth: str) -> Thing:
    made = SETTINGS | {"url": "https://8.8.8.8/v1/reports", "enabled": False, "auth": auth}
    return Thing(connectors, of_campaign.metadata, "/v1/connectors", made)


THINGS = {
    "a journey that is off": Thing(
        journeys, of_campaign.metadata, "/v1/journeys", DEFINITION | {"name": "Off", "actions": [CALL], "on": False}
    ),
    "a journey that is on": Thing(
        journeys, of_campaign.metadata, "/v1/journeys", DEFINITION | {"name": "On", "actions": [CALL], "on": True}
    ),
    "a template": Thing(templates, of_campaign.metadata, "/v1/templates", CONTENT | {"name": "offer"}),
    "the points": Thing(scoring, of_analytics.metadata, "/v1/scoring/points", None),
    "an open connector": connector(kind="none"),
    "a connector with a token": connector(kind="bearer", credential="secret"),
    "a connector with a header": connector(kind="header", name="X-Key", credential="secret"),
    "a connector with a password": connector(kind="basic", username="ada", credential="secret"),
}


@pytest.mark.parametrize("name", THINGS)
async def test_what_was_read_is_put_back_and_changes_nothing_but_the_version(
    name: str, make_database: MakeDatabase, tmp_path: Path
) -> None:
    thing = THINGS[name]
    db = make_database(thing.tables)
    for seed in getattr(thing.room, "SEEDS", ()):
        await db.write(seed, by=BY)
    kind = thing.path.removeprefix("/v1/").split("/")[0]
    async with client_of(thing.room, db, tmp_path, [f"{kind}:read", f"{kind}:write"]) as client:
        path = await _made(client, thing)
        read = await client.get(path)
        put = await client.put(path, json=read.json(), headers={"If-Match": read.headers["ETag"]})
        assert put.status_code == 200, put.text
        assert (read.json()["version"], put.json()["version"]) == (1, 2)
        assert _said(put) == _said(read) == _said(await client.get(path))
        colour = await client.put(path, json=read.json() | {"colour": "red"}, headers={"If-Match": '"2"'})
        assert [one["pointer"] for one in colour.json()["errors"]] == ["/colour"]


@pytest.mark.parametrize("service", SERVICES)
def test_every_put_takes_all_that_its_get_answers(service: str) -> None:
    document = of_name(service).app().openapi()
    for path, methods in document["paths"].items():
        if "put" in methods and path not in NO_THING_OF_ITS_OWN:
            sent = methods["put"]["requestBody"]["content"]["application/json"]["schema"]
            answered = methods["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            assert _names(document, answered) - _names(document, sent) == set(), path


async def _made(client: httpx.AsyncClient, thing: Thing) -> str:
    if thing.made is None:
        return thing.path
    made = await client.post(thing.path, json=thing.made)
    assert made.status_code == 201, made.text
    return str(made.headers["Location"])


def _said(answer: httpx.Response) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name not in CHANGES}


def _names(document: dict[str, Any], schema: dict[str, Any]) -> set[str]:
    return set(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"])
