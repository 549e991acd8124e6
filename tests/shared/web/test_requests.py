"""Around every request: id, trace, log line, metrics, and an answer whatever happens."""

import io
import json
import re
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request

from shared.telemetry.metrics import exposition
from shared.web import Router, install, route_template
from shared.web.kinds import KINDS, declare
from tests.shared.web import things


def lines(logged: io.StringIO, event: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, logged.getvalue().splitlines()) if line["event"] == event]


async def test_an_answer_carries_a_new_id_and_the_log_has_it_too(
    client: httpx.AsyncClient, logged: io.StringIO
) -> None:
    answer = await client.get("/v1/things/lamp?secret=1")
    (line,) = lines(logged, "request")
    assert re.fullmatch(r"req_[0-9a-z]{26}", answer.headers["x-request-id"])
    assert line["request_id"] == answer.headers["x-request-id"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/v1/things/{thing_id}", 200)
    assert (line["principal"], line["service"]) == ("user:tester", "customer")
    assert line["duration_ms"] > 0
    assert "secret" not in logged.getvalue()


@pytest.mark.parametrize(("offered", "kept"), [("order-4711.a", True), ("a@b.example.com", False), ("x" * 65, False)])
async def test_a_sane_request_id_is_kept(client: httpx.AsyncClient, offered: str, kept: bool) -> None:
    answer = await client.get("/nowhere", headers={"X-Request-Id": offered})
    assert (answer.headers["x-request-id"] == offered) is kept
    assert answer.json()["instance"] == answer.headers["x-request-id"]


async def test_a_trace_is_continued_and_else_begun(client: httpx.AsyncClient, logged: io.StringIO) -> None:
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    continued = (await client.get("/v1/things/lamp", headers={"traceparent": parent})).headers["traceparent"]
    assert continued.split("-")[1] == parent.split("-")[1]
    assert continued.split("-")[2] != parent.split("-")[2]
    begun = [
        (await client.get("/v1/things/lamp", headers=h)).headers["traceparent"] for h in ({}, {"traceparent": "x"})
    ]
    traces = [line["trace_id"] for line in lines(logged, "request")]
    assert traces == [answer.split("-")[1] for answer in (continued, *begun)]
    assert len(set(traces)) == 3


async def test_requests_are_counted_by_template_and_outcome(client: httpx.AsyncClient) -> None:
    def counted(route: str, outcome: str) -> float:
        label = f'{{outcome="{outcome}",route="{route}",service="customer"}}'
        found = re.search(rf"^rainmaker_requests_total{re.escape(label)} (\S+)$", exposition("customer").decode(), re.M)
        return float(found[1]) if found else 0

    route = "GET /v1/things/{thing_id}"
    before = {outcome: counted(route, outcome) for outcome in ("ok", "refused", "failed")}
    for thing in ("lamp", "chair", "table", "broken"):
        await client.get(f"/v1/things/{thing}")
    after = {outcome: counted(route, outcome) - before[outcome] for outcome in before}
    assert after == {"ok": 1, "refused": 2, "failed": 1}
    assert 'rainmaker_request_seconds_count{route="GET /v1/things/{thing_id}"' in exposition("customer").decode()


async def test_a_fault_is_answered_without_details_and_logged_by_its_place(
    client: httpx.AsyncClient, logged: io.StringIO
) -> None:
    answer = await client.get("/v1/things/broken")
    (line,) = lines(logged, "request failed")
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal")
    assert answer.json()["instance"] == line["request_id"]
    assert re.match(r"KeyError at .*things\.py:\d+ in read_thing", line["error"])
    assert "canary" not in answer.text + logged.getvalue()


@pytest.mark.parametrize(
    ("method", "path", "status", "slug", "header"),
    [
        ("GET", "/nowhere", 404, "not-found", None),
        ("GET", "/v1/things/chair", 404, "not-found", None),
        ("GET", "/v1/things/", 404, "not-found", None),
        ("DELETE", "/v1/things", 405, "method-not-allowed", "allow"),
        ("GET", "/v1/things/busy", 503, "busy", "retry-after"),
    ],
)
async def test_failures_without_a_body_are_problems_too(
    client: httpx.AsyncClient, method: str, path: str, status: int, slug: str, header: str | None
) -> None:
    answer = await client.request(method, path)
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["type"]) == (status, status, f"/problems/{slug}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(problem) == {"type", "title", "status", "detail", "instance", "errors"}
    assert header is None or header in answer.headers


async def test_an_address_that_is_written_out_is_that_and_no_id_of_its_neighbour(client: httpx.AsyncClient) -> None:
    """GET and PATCH of `/v1/things/{thing_id}` are not those of `/v1/things/search`, nor does `Allow` name them."""
    assert (await client.post("/v1/things/search")).status_code == 200
    for method in ("GET", "PATCH", "DELETE"):
        answer = await client.request(method, "/v1/things/search", headers={"If-Match": '"1"'})
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST"), method


async def test_while_draining_connections_are_closed(app: FastAPI, client: httpx.AsyncClient) -> None:
    assert "connection" not in (await client.get("/v1/things/lamp")).headers
    app.state.draining = True
    assert (await client.get("/v1/things/lamp")).headers["connection"] == "close"


async def test_answers_are_not_kept_by_caches(client: httpx.AsyncClient) -> None:
    headers = (await client.get("/v1/things/lamp")).headers
    assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


async def test_a_lenient_router_stops_the_start() -> None:
    lenient = APIRouter()
    lenient.add_api_route("/lenient", lambda: None)
    app = FastAPI()
    install(app, "customer")
    app.include_router(lenient)
    async with things.client_of(app) as client:
        with pytest.raises(TypeError, match="/lenient: make its router with"):
            await client.get("/docs")


async def test_the_template_of_an_included_router_has_its_prefix() -> None:
    outer = Router(prefix="/outer")
    inner = Router(prefix="/inner")

    @inner.get("/{name}")
    async def template(request: Request, name: str) -> str:
        return route_template(request.scope)

    outer.include_router(inner)
    app = FastAPI()
    install(app, "customer")
    app.include_router(outer)
    async with things.client_of(app) as client:
        assert (await client.get("/outer/inner/x")).json() == "/outer/inner/{name}"


def test_a_declared_slug_keeps_its_meaning() -> None:
    declare("thing-is-sold", 409, "Sold", "It was sold.", "Choose another.")
    declare("thing-is-sold", 409, "Sold", "It was sold.", "Choose another.")
    with pytest.raises(ValueError, match="already declared"):
        declare("thing-is-sold", 409, "Sold", "It is in another shop.", "Go there.")
    del KINDS["thing-is-sold"]
