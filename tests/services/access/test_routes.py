"""No door without a lock: each route asks for one scope that some role has, or is listed here with the reason."""

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from services import of_name
from shared.contracts.access import ROLES, ROLES_OF, SCOPES_OF
from shared.settings import SERVICES
from shared.web.routes import Route

PUBLIC = {
    "/": "leads to the docs",
    "/docs": "describes the service; the code is public",
    "/docs/assets/{file}": "what the docs page is made of",
    "/openapi.json": "describes the service; the code is public",
    "/asyncapi": "describes the topics; the code is public",
    "/asyncapi.json": "describes the topics; the code is public",
    "/schemas/{type}/{major}": "describes the facts; the code is public",
    "/problems/{slug}": "explains a kind of problem",
    "/livez": "an orchestrator has no token",
    "/readyz": "an orchestrator has no token; reasons are sentences without data",
    "/metrics": "a scraper in the same network has no token; counts, never ids",
}
"""What anybody may ask who reaches the port, and why."""


@pytest.fixture(scope="module", params=SERVICES)
def app(request: pytest.FixtureRequest) -> FastAPI:
    return of_name(request.param).app()


def guards(app: FastAPI) -> dict[str, str | None]:
    """The scope that each route asks for, by method and path."""
    found = {}
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        assert isinstance(route, Route), route
        for method in route.methods or ():
            found[f"{method} {context.path}"] = route.guard.scope if route.guard else None
    return found


def test_every_route_asks_for_a_scope_or_is_public_for_a_reason(app: FastAPI) -> None:
    found = guards(app)
    open_to_all = {name.partition(" ")[2] for name, scope in found.items() if scope is None}
    assert open_to_all <= set(PUBLIC), "give these a scope by `allowed(...)`, or list them here with the reason"
    assert not [name for name, scope in found.items() if scope is None and not name.startswith("GET ")]


def test_every_scope_that_is_asked_for_is_some_roles(app: FastAPI) -> None:
    assert {scope for scope in guards(app).values() if scope} <= set(ROLES_OF), "name its roles in contracts/access.py"


def test_no_scope_is_given_that_nothing_asks_for() -> None:
    asked = {scope for name in SERVICES for scope in guards(of_name(name).app()).values()}
    assert set(ROLES_OF) - asked == set()


def test_no_role_is_named_that_is_not_described() -> None:
    assert {role for roles in ROLES_OF.values() for role in roles} == set(ROLES)
    assert SCOPES_OF["admin"] == set(ROLES_OF)


def test_a_viewer_changes_nothing_and_sees_nobody() -> None:
    assert all(scope.endswith(":read") for scope in SCOPES_OF["viewer"])
    assert not SCOPES_OF["viewer"] & {"contacts:read", "recipients:read"}


def test_the_documents_show_the_roles_of_each_operation(app: FastAPI) -> None:
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            scope = guards(app)[f"{method.upper()} {path}"]
            assert operation.get("x-roles") == (sorted(ROLES_OF[scope]) if scope else None), path
