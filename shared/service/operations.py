"""What every service answers besides its rooms: health, metrics, dead letters, and what it says on the bus: the schemas
of its facts, and of what it takes from others, one by one and as an AsyncAPI document.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from fastapi import Request, Response
from starlette.responses import JSONResponse

from shared.bus import is_inbound
from shared.deadletters.api import letters_router
from shared.events import REGISTRY, Event, schema_of
from shared.events.asyncapi import document
from shared.events.asyncapi_page import page
from shared.problems import not_found
from shared.service.health import health_router
from shared.telemetry import metrics
from shared.web import Router

TAGS = {
    "health": "Whether the process is alive and would be of use; for orchestrators.",
    "dead letters": "Facts that could not be handled, with the reason, and a second try.",
    "facts": "The schemas of what it states on the bus; the whole of it is at `/asyncapi`.",
}


def operations_router(
    service: str, *, sends: Sequence[type[Event]], receives: Sequence[type[Event]], partitions: int
) -> Router:
    """`sends`: the facts that it states; `receives`: those that it handles, and what others may submit to it."""
    router = Router()
    published = {*sends, *(event for event in receives if is_inbound(event.TOPIC))}
    router.include_router(health_router())
    router.include_router(letters_router())

    @router.get("/metrics", include_in_schema=False)
    async def scrape(request: Request) -> Response:
        metrics.write_queue.labels(service).set(request.app.state.runtime.db.waiting)
        for name, result in (await request.app.state.health.readiness()).checks.items():
            metrics.check_ok.labels(service, name).set(result.status == "ok")
        return Response(metrics.exposition(service), media_type=metrics.CONTENT_TYPE)

    @router.get("/schemas/{type}/{major}", tags=["facts"])
    async def schema_of_a_fact(request: Request, type: str, major: int) -> dict[str, Any]:
        """The JSON Schema of a fact that this service states or takes from others, as `dataschema` names it."""
        event = REGISTRY.get((type, major))
        if event is None or event not in published:
            raise not_found("fact")
        return schema_of(event)

    @cache
    def told() -> dict[str, Any]:
        return document(service, sends, receives, partitions)

    @router.get("/asyncapi.json", include_in_schema=False)
    async def asyncapi() -> JSONResponse:
        return JSONResponse(told(), headers={"Cache-Control": "no-cache"})

    @router.get("/asyncapi", include_in_schema=False)
    async def asyncapi_for_people() -> Response:
        return page(told())

    return router
