"""`Router` is FastAPI's, with routes that read bodies strictly and within a limit. Every room makes its router with it.

A service with another kind of router does not start: strictness is not left to memory.
"""

from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any

from fastapi import APIRouter, FastAPI, params
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from shared.problems import Problem
from shared.web.security import Allowed
from shared.web.strictjson import loads

BODY_BYTES = 1024 * 1024
BATCH_BYTES = 8 * 1024 * 1024


class StrictRequest(Request):
    """FastAPI asks this for the body: counted as it comes, so a chunked body has no way around the limit."""

    limit = BODY_BYTES

    async def stream(self) -> AsyncGenerator[bytes, None]:
        if int(self.headers.get("content-length", 0)) > self.limit:
            raise _too_large(self.limit)
        total = 0
        async for chunk in super().stream():
            total += len(chunk)
            if total > self.limit:
                raise _too_large(self.limit)
            yield chunk

    async def json(self) -> Any:
        if not hasattr(self, "_strict"):
            self._strict = loads(await self.body())
        return self._strict


class Route(APIRoute):
    """`max_body_size` limits the body; by default to 1 MiB, and to 8 MiB where the path ends in `:batch`."""

    def __init__(
        self, path: str, endpoint: Callable[..., Any], *, max_body_size: int | None = None, **settings: Any
    ) -> None:
        # FastAPI's own limit answers in plain text; so it is not told of ours.
        self.body_limit = max_body_size or (BATCH_BYTES if path.endswith(":batch") else BODY_BYTES)
        super().__init__(path, endpoint, **settings)

    @property
    def guard(self) -> Allowed | None:
        """What lets callers in; None where everybody may ask."""
        return next((one.call for one in self.dependant.dependencies if isinstance(one.call, Allowed)), None)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle, limit = super().get_route_handler(), self.body_limit
        guard, has_names = self.guard, bool(self.param_convertors)
        reads_json = self.body_field is not None and not isinstance(self.body_field.field_info, params.Form)

        async def strictly(request: Request) -> Response:
            if has_names and request.scope["path"] in written_out(request.app):
                raise HTTPException(405)  # that address has a route of its own, for other methods
            if guard is not None:
                await guard(request)  # before the body: who may not ask learns nothing of what would have been wrong
            strict = StrictRequest(request.scope, request.receive)
            strict.limit = limit
            if reads_json:
                refuse_other_media(strict)
            return await handle(strict)

        return strictly


class Router(APIRouter):
    """`router = Router(prefix="/v1/leads", tags=["leads"])`. An operation is named as its function is."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("generate_unique_id_function", operation_id)
        super().__init__(route_class=Route, **settings)


def operation_id(route: Any) -> str:
    return str(route.name)


def route_template(scope: Scope) -> str:
    """The path with names in place of values: `/v1/contacts/{contact_id}`. What logs and metrics may carry."""
    matched = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return getattr(matched, "path_format", None) or "unmatched"


def methods_at(request: Request) -> list[str]:
    """What may be asked of this address, by all its routes: a 405 of Starlette's names those of the first alone."""
    path = request.scope["path"]
    found = [one for one in iter_route_contexts(request.app.routes) if one.path_regex.match(path)]
    own = [one for one in found if one.path_format == path]
    return sorted({method for one in own or found for method in one.methods or ()})


def written_out(app: FastAPI) -> frozenset[str]:
    """The addresses without a name in them, gathered once. `/v1/contacts/search` is no contact whose id is `search`."""
    if not hasattr(app.state, "written_out"):
        paths = {one.path_format for one in iter_route_contexts(app.routes)}
        app.state.written_out = frozenset(path for path in paths if path and "{" not in path)
    return app.state.written_out  # type: ignore[no-any-return]


def refuse_other_media(request: Request) -> None:
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared == "application/json" or (declared.startswith("application/") and declared.endswith("+json")):
        return
    if declared or request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers:
        raise Problem(
            415, "unsupported-media-type", "Unsupported media type", "Send the body as Content-Type: application/json."
        )


def refuse_lenient_routes(routes: Any) -> None:
    """A router of FastAPI's own kind would accept NaN and any size. Better no start than that."""
    for context in iter_route_contexts(routes):
        route = context.original_route
        if isinstance(route, APIRoute) and not isinstance(route, Route):
            raise TypeError(f"{route.path}: make its router with shared.web.Router, so that bodies are read strictly")


def _too_large(limit: int) -> Problem:
    return Problem(413, "body-too-large", "Body too large", f"The body may have at most {limit} bytes.")
