"""Templates are checked when they are saved, changed by versions, and shown before anybody gets them."""

from typing import Any

import httpx
import pytest

from services.campaign_svc.templates.library import create, newest, seed
from services.campaign_svc.templates.models import TemplateIn
from services.campaign_svc.templates.render import render
from shared.database import Database
from tests.analytics_svc.rooms import BY

OFFER: dict[str, Any] = {"name": "spring-offer", "subject": "For you, {{ contact.first_name }}", "text": "Hello."}
CONTENT = {name: value for name, value in OFFER.items() if name != "name"}


async def made(client: httpx.AsyncClient, **changes: Any) -> str:
    answer = await client.post("/v1/templates", json=OFFER | changes)
    assert answer.status_code == 201, answer.text
    assert (answer.headers["ETag"], answer.json()["version"]) == ('"1"', 1)
    assert answer.headers["Location"] == f"/v1/templates/{answer.json()['id']}"
    return str(answer.headers["Location"])


async def test_a_new_system_has_a_welcome(db: Database, client: httpx.AsyncClient) -> None:
    await db.write(seed, by=BY)
    [welcome] = (await client.get("/v1/templates", params={"name": "welcome"})).json()["items"]
    assert (welcome["version"], welcome["variables"]) == (1, ["contact.first_name"])
    shown = (await client.post(f"/v1/templates/{welcome['id']}/preview", json={})).json()
    assert (shown["subject"], shown["missing"]) == ("Welcome, Ada", [])


async def test_seeding_overwrites_nothing(db: Database, client: httpx.AsyncClient) -> None:
    [welcome] = (await client.get("/v1/templates")).json()["items"]
    path = f"/v1/templates/{welcome['id']}"
    await client.put(path, json=CONTENT, headers={"If-Match": '"1"'})
    await db.write(seed, by=BY)
    assert (await client.get(path)).json()["text"] == "Hello."


async def test_a_change_makes_a_version_that_messages_use_from_then_on(db: Database, client: httpx.AsyncClient) -> None:
    path = await made(client)
    changed = await client.put(path, json=CONTENT | {"text": "New text."}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert (await client.get(f"{path}/versions/1")).json()["text"] == "Hello."
    stored = await db.read(newest, "spring-offer")
    assert stored is not None and stored.version == 2
    assert render(stored.parsed, {}).text == "New text."


async def test_who_did_not_see_the_newest_cannot_change_it(client: httpx.AsyncClient) -> None:
    path = await made(client)
    assert (await client.put(path, json=CONTENT)).status_code == 428
    assert (await client.put(path, json=CONTENT, headers={"If-Match": '"2"'})).status_code == 412
    assert (await client.put("/v1/templates/tpl_x", json=CONTENT, headers={"If-Match": '"1"'})).status_code == 404


async def test_a_name_is_given_once(client: httpx.AsyncClient) -> None:
    await made(client)
    assert (await client.post("/v1/templates", json=OFFER)).status_code == 409


async def test_a_repeated_request_makes_one_template(client: httpx.AsyncClient) -> None:
    answers = [await client.post("/v1/templates", json=OFFER, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"text": "one\n{% if %}"}, "/text"),
        ({"subject": "{{ lead.source | nothing }}"}, "/subject"),
        ({"html": "{% include 'a' %}"}, "/html"),
        ({"subject": "two\nlines"}, "/subject"),
        ({"text": ""}, "/text"),
        ({"text": "nul \u0000"}, "/text"),
        ({"text": "Write to {{ contact.email }}"}, "/text"),
        ({"subject": "{{ contact.frist_name }}"}, "/subject"),
        ({"html": "{% if lead.colour %}x{% endif %}"}, "/html"),
        ({"text": "{{ contact }}"}, "/text"),
        ({"text": "{{ score }}"}, "/text"),
        ({"name": "Not A Slug"}, "/name"),
        ({"colour": "red"}, "/colour"),
    ],
)
async def test_what_is_not_a_template_is_refused_with_the_part(
    client: httpx.AsyncClient, changes: dict[str, Any], pointer: str
) -> None:
    answer = await client.post("/v1/templates", json=OFFER | changes)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_refusal_says_which_line(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/templates", json=OFFER | {"text": "one\ntwo {% if %}"})
    assert answer.json()["errors"][0]["detail"].startswith("Line 2: ")


async def test_a_variable_that_nothing_fills_is_named_with_those_there_are(client: httpx.AsyncClient) -> None:
    path = await made(client, text="{% for key in lead.utm %}{{ key[0] }}{% endfor %}{{ contact.name | default: '' }}")
    wrong = CONTENT | {"subject": "{{ lead.colour }}", "text": "{{ contact.email }}"}
    answer = await client.put(path, json=wrong, headers={"If-Match": '"1"'})
    told = {error["pointer"]: error["detail"] for error in answer.json()["errors"]}
    assert told["/subject"].startswith("Nothing is known as lead.colour; there are contact.name, ")
    assert told["/text"].startswith("Nothing is known as contact.email; ")


async def test_what_was_stored_before_variables_were_looked_at_is_still_written(db: Database) -> None:
    older = TemplateIn(name="older", subject="Hello", text="For {{ contact.email }}you.")
    await db.write(create, older, by=BY)
    stored = await db.read(newest, "older")
    assert stored is not None
    assert render(stored.parsed, {"contact": {"name": "Ada"}}).text == "For you."


async def test_a_preview_renders_made_up_facts_and_names_what_they_lack(client: httpx.AsyncClient) -> None:
    path = await made(client, html="<p>{{ lead.industry }}</p>")
    shown = await client.post(f"{path}/preview", json={"facts": {"contact": {"first_name": "Ada\r\nBcc: x"}}})
    assert shown.json() == {
        "subject": "For you, Ada Bcc: x",
        "text": "Hello.",
        "html": "<p></p>",
        "missing": ["lead.industry"],
    }


@pytest.mark.parametrize(
    "body",
    [b'{"facts": {"x": "\\ud800"}}', b'{"facts": {"x": NaN}}', b'{"facts": 1}', b'{"version": 9223372036854775808}'],
)
async def test_facts_that_are_no_facts_are_refused(client: httpx.AsyncClient, body: bytes) -> None:
    path = await made(client, text="{{ lead.source }}")
    answer = await client.post(f"{path}/preview", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)


async def test_a_version_that_no_number_can_be_is_refused(client: httpx.AsyncClient) -> None:
    path = await made(client)
    assert [(await client.get(f"{path}/versions/{n}")).status_code for n in (0, 2, 2**63)] == [422, 404, 422]


async def test_a_preview_that_cannot_be_rendered_says_why(client: httpx.AsyncClient) -> None:
    path = await made(client, text="{{ 1 | divided_by: lead.score }}")
    answer = await client.post(f"{path}/preview", json={"facts": {"lead": {"score": 0}}})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/facts")
