"""What every service answers besides its rooms: health, metrics, the schemas of its facts, and its dead letters."""

from typing import Any

from fastapi import Request, Response

from shared import metrics
from shared.events import REGISTRY, schema_of
from shared.health import health_router
from shared.letters_api import letters_router
from shared.problems import not_found
from shared.web import Router


def operations_router(service: str) -> Router:
    router = Router()
    router.include_router(health_router())
    router.include_router(letters_router())

    @router.get("/metrics", include_in_schema=False)
    async def scrape(request: Request) -> Response:
        metrics.write_queue.labels(service).set(request.app.state.runtime.db.waiting)
        return Response(metrics.exposition(service), media_type=metrics.CONTENT_TYPE)

    @router.get("/schemas/{type}/{major}", tags=["facts"])
    async def schema_of_a_fact(request: Request, type: str, major: int) -> dict[str, Any]:
        """The JSON Schema of a fact that this service states, as its `dataschema` attribute names it."""
        event = REGISTRY.get((type, major))
        if event is None or event.owner() != service:
            raise not_found("fact")
        return schema_of(event)

    return router
