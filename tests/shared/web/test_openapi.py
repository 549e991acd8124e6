"""The OpenAPI document says all that an operation may answer; the docs pages need nobody else's server."""

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from openapi_spec_validator import validate

from shared.web import Router, install
from shared.web.kinds import KINDS
from tests.shared.web import things


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    described: dict[str, Any] = (await client.get("/openapi.json")).json()
    return described


def statuses(document: dict[str, Any], path: str, method: str) -> set[int]:
    return {int(status) for status in document["paths"][path][method]["responses"]}


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"].startswith("3.1")
    assert (document["info"]["title"], document["info"]["version"]) == ("Rainmaker customer", "0.1.0")


def test_operations_are_named_after_their_functions(document: dict[str, Any]) -> None:
    named = {op["operationId"] for path in document["paths"].values() for op in path.values()}
    assert named == {"make_thing", "list_things", "make_things", "search_things", "read_thing", "change_thing"}


def test_every_error_is_declared_where_it_can_happen(document: dict[str, Any]) -> None:
    body, caller, always = {400, 413, 415, 422}, {401, 403, 429}, {500, 503}
    assert statuses(document, "/v1/things", "post") == {201} | body | caller | always
    assert statuses(document, "/v1/things", "get") == {200, 422} | caller | always
    assert statuses(document, "/v1/things/{thing_id}", "get") == {200, 404, 422} | caller | always
    changed = {200, 404, 409, 412, 428} | body | caller | always
    assert statuses(document, "/v1/things/{thing_id}", "put") == changed


def test_every_error_is_a_problem_with_examples(document: dict[str, Any]) -> None:
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert response == {"$ref": f"#/components/responses/Problem{status}"}
    for response in document["components"]["responses"].values():
        content = response["content"]["application/problem+json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        assert content["examples"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_each_operation_lists_the_scope_it_needs(document: dict[str, Any]) -> None:
    assert document["paths"]["/v1/things"]["post"]["security"] == [{"bearer": ["things:write"]}]
    assert document["paths"]["/v1/things/{thing_id}"]["get"]["security"] == [{"bearer": ["things:read"]}]
    scheme = document["components"]["securitySchemes"]["bearer"]
    assert (scheme["type"], scheme["scheme"], scheme["bearerFormat"]) == ("http", "bearer", "JWT or API key")
    assert "make token" in scheme["description"]


async def test_what_the_wire_says_is_in_the_document(document: dict[str, Any], client: httpx.AsyncClient) -> None:
    answers = [
        ("post", "/v1/things", await client.post("/v1/things", content=b"{", headers={"Content-Type": "text/plain"})),
        ("put", "/v1/things/{thing_id}", await client.put("/v1/things/lamp", json={"name": "a"})),
        ("get", "/v1/things/{thing_id}", await client.get("/v1/things/broken")),
    ]
    for method, path, answer in answers:
        assert answer.status_code in statuses(document, path, method)


def test_two_operations_of_one_name_are_refused() -> None:
    app = FastAPI()
    install(app, "customer")
    for prefix in ("/a", "/b"):
        router = Router(prefix=prefix)

        @router.get("")
        async def same_name() -> None: ...

        app.include_router(router)
    with pytest.warns(UserWarning, match="Duplicate"), pytest.raises(ValueError, match="rename one function"):
        app.openapi()


async def test_the_docs_need_no_other_server(client: httpx.AsyncClient) -> None:
    home = await client.get("/")
    assert (home.status_code, home.headers["location"]) == (307, "/docs")
    page = await client.get("/docs")
    assert not re.search(r"(?:https?:)?//\w", page.text.replace("<!doctype html>", ""))
    assert "<script>" not in page.text
    needed = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(needed) == 4
    for file in needed:
        answer = await client.get(file)
        assert answer.status_code == 200, file
        assert answer.content
        assert b"sourceMappingURL" not in answer.content


async def test_the_policy_of_the_docs_allows_only_this_service(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/docs")).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "connect-src 'self'" in policy
    assert "http" not in policy


@pytest.mark.parametrize("file", ["NOTICE", "..%2Fdocs.py", "../docs.py", "nothing.js", "%2e%2e%2fdocs.py"])
async def test_only_the_files_of_the_docs_are_served(client: httpx.AsyncClient, file: str) -> None:
    assert (await client.get(f"/docs/assets/{file}")).status_code == 404


@pytest.mark.parametrize("slug", sorted(KINDS))
async def test_every_kind_of_problem_has_a_page(client: httpx.AsyncClient, slug: str) -> None:
    page = await client.get(f"/problems/{slug}")
    assert page.status_code == 200
    assert KINDS[slug].title in page.text
    assert not re.search(r"(?:https?:)?//\w", page.text)
    assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_an_unknown_kind_of_problem_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/problems/<script>")).status_code == 404


async def test_install_after_the_rooms_does_the_same() -> None:
    app = FastAPI()
    app.include_router(things.router)
    install(app, "customer")
    async with things.client_of(app) as client:
        answer = await client.get("/v1/things/lamp/")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert "make_thing" in (await client.get("/openapi.json")).text
