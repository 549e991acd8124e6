"""What each of the three services says about itself: valid, exampled, with every scope and error; and its docs page."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from openapi_spec_validator import validate

from services import of_name
from shared.settings import SERVICES

Json = dict[str, Any]
OPEN = {"/livez", "/readyz", "/schemas/{type}/{major}"}
"""What anybody may ask: nothing in it is about a person."""


@pytest.fixture(scope="module", params=SERVICES)
def app(request: pytest.FixtureRequest) -> FastAPI:
    return of_name(request.param).app()


@pytest.fixture(scope="module")
def document(app: FastAPI) -> Json:
    described: Json = app.openapi()
    return described


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_the_document_is_valid(document: Json) -> None:
    validate(document)


def test_every_operation_asks_for_one_scope_or_is_open_to_all(document: Json) -> None:
    scope = re.compile(r"[a-z-]+:[a-z]+")
    for path, method, operation in operations(document):
        demands = [one for demand in operation.get("security", ()) for one in demand["bearer"]]
        assert len(demands) == (0 if path in OPEN else 1), (method, path)
        assert all(scope.fullmatch(demand) for demand in demands)


def test_every_operation_declares_what_can_go_wrong(document: Json) -> None:
    for path, method, operation in operations(document):
        statuses = set(map(int, operation["responses"]))
        wanted = {500, 503}
        wanted |= {401, 403} if path not in OPEN else set()
        wanted |= {400, 413, 415, 422} if "requestBody" in operation else set()
        wanted |= {404} if "{" in path else set()
        assert wanted <= statuses, (method, path)


def test_every_change_of_a_thing_takes_the_version_that_was_seen(document: Json) -> None:
    for path, method, operation in operations(document):
        if method in ("put", "patch", "delete"):
            versions = [one for one in operation["parameters"] if one["name"] == "If-Match"]
            assert versions and versions[0]["required"] and {"412", "428"} <= operation["responses"].keys(), path
            assert "ETag" in document["paths"][path]["get"]["responses"]["200"]["headers"], path


def test_what_may_be_sent_without_a_version_never_answers_that_one_is_missing(document: Json) -> None:
    for path, _, operation in operations(document):
        versions = [one for one in operation.get("parameters", ()) if one["name"] == "If-Match"]
        assert ("428" in operation["responses"]) == any(one.get("required") for one in versions), path
        assert ("412" in operation["responses"]) == bool(versions), path


def test_what_shows_a_version_leads_to_what_changes_it(document: Json) -> None:
    named = {operation["operationId"]: operation for _, _, operation in operations(document)}
    for path, _, operation in operations(document):
        for status, answer in operation["responses"].items():
            assert bool(answer.get("links")) == ("ETag" in answer.get("headers", {})), (path, status)
            for link in answer.get("links", {}).values():
                taken = {f"{one['in']}.{one['name']}" for one in named[link["operationId"]]["parameters"]}
                assert "header.If-Match" in link["parameters"] and link["parameters"].keys() <= taken, path


def test_what_a_patch_leaves_out_has_no_default_that_a_client_could_fill_in(document: Json) -> None:
    """What is absent stays. A client that sends defaults would overwrite it."""
    filled = [
        (path, where)
        for path, method, operation in operations(document)
        if method == "patch"
        for content in operation["requestBody"]["content"].values()
        for where in _defaults(content["schema"], document["components"]["schemas"])
    ]
    assert filled == []


def _defaults(part: Any, schemas: Json, where: str = "") -> Iterator[str]:
    if isinstance(part, list):
        part = dict(enumerate(part))
    if not isinstance(part, dict):
        return
    if "default" in part and not where.endswith("/properties"):
        yield where
    if "$ref" in part:
        yield from _defaults(schemas[part["$ref"].rpartition("/")[2]], schemas, where)
    for name, inner in part.items():
        if name != "examples":
            yield from _defaults(inner, schemas, f"{where}/{name}")


def test_every_body_and_every_answer_has_an_example(document: Json) -> None:
    schemas = document["components"]["schemas"]
    bare = [
        (method, path, where)
        for path, method, operation in operations(document)
        for where, content in _contents(operation)
        if path != "/schemas/{type}/{major}" and not ("example" in content or _shown(content["schema"], schemas))
    ]
    assert bare == []


def _contents(operation: Json) -> Iterator[tuple[str, Json]]:
    yield from (("body", content) for content in operation.get("requestBody", {}).get("content", {}).values())
    for status, answer in operation["responses"].items():
        if status < "300":
            yield from ((status, content) for content in answer.get("content", {}).values())


def _shown(schema: Json, schemas: Json) -> bool:
    """By an example of its own, or because what it is made of has one."""
    if "$ref" in schema:
        return _shown(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if schema.get("type") == "array":
        return _shown(schema["items"], schemas)
    parts = schema.get("properties", {}).values()
    return bool(schema.get("examples")) or any(_shown(part, schemas) for part in parts)


async def test_the_docs_page_needs_nobody_else_and_takes_a_token(app: FastAPI, document: Json) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        page = await client.get("/docs")
        assert (page.status_code, re.findall(r"(?:https?:)?//\w", page.text)) == (200, [])
        assert "default-src 'none'" in page.headers["content-security-policy"]
        for file in re.findall(r'(?:src|href)="([^"]+)"', page.text):
            assert (await client.get(file)).status_code == 200, file
        assert (await client.get("/openapi.json")).json() == document
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
