"""The HTTP side of the kernel: what a room's `api.py` imports, and `install`, which gives an application all of it.

A room makes its router with `Router` and writes ordinary typed functions; strict JSON, limits, problems, ids, traces,
metrics and the declared errors come by themselves.
"""

from typing import Annotated

from fastapi import Depends, Request

from shared.database import Database
from shared.pointers import refusal
from shared.web.batches import BatchOf
from shared.web.errors import ProblemOut
from shared.web.finding import found_or_404
from shared.web.idempotency import IdempotencyKey
from shared.web.install import install
from shared.web.kinds import declare
from shared.web.openapi import errors
from shared.web.pages import Order, Page, Paging
from shared.web.preconditions import IfMatch, MayMatch, etag, refuse_stale, tagged
from shared.web.putback import PutBack
from shared.web.requestid import current_request_id
from shared.web.routes import BATCH_BYTES, BODY_BYTES, Router, refuse_other_media, route_template
from shared.web.security import allowed
from shared.web.strictjson import loads

__all__ = [
    "BATCH_BYTES",
    "BODY_BYTES",
    "BatchOf",
    "Db",
    "IdempotencyKey",
    "IfMatch",
    "MayMatch",
    "Order",
    "Page",
    "Paging",
]
__all__ += [
    "ProblemOut",
    "PutBack",
    "Router",
    "allowed",
    "current_request_id",
    "declare",
    "errors",
    "etag",
    "found_or_404",
    "install",
    "loads",
]
__all__ += ["refusal", "refuse_other_media", "refuse_stale", "route_template", "tagged"]


async def _database(request: Request) -> Database:
    return request.app.state.runtime.db  # type: ignore[no-any-return]


Db = Annotated[Database, Depends(_database)]
"""The service's database, as a parameter of a route."""
