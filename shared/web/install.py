"""One call makes a FastAPI application one of ours, before or after the rooms' routers are included."""

from collections.abc import Mapping

from fastapi import FastAPI

from shared.web.cors import install_cors
from shared.web.docs import serve_docs
from shared.web.errors import handle_errors
from shared.web.middleware import install_requests
from shared.web.openapi import describe
from shared.web.routes import Route, operation_id

_REPLACED = {"/openapi.json", "/docs", "/docs/oauth2-redirect", "/redoc"}


def install(app: FastAPI, name: str, roles: Mapping[str, frozenset[str]] | None = None) -> None:
    """`name` is the short one: customer, campaign, analytics. `roles` says which scopes a role has.

    Expects `app.state.runtime` (tokens, db, fingerprint) by the first request; while `app.state.draining` is true,
    answers close their connections.
    """
    app.router.routes[:] = [route for route in app.router.routes if getattr(route, "path", "") not in _REPLACED]
    app.router.route_class = Route
    app.router.generate_unique_id_function = operation_id
    app.router.redirect_slashes = False  # a redirect loses the body, and one address per thing is enough
    handle_errors(app)
    install_requests(app, name)
    install_cors(app)
    serve_docs(app, name)
    describe(app, name, roles or {})
