"""Who may read and write webhooks, and what a route needs besides the database."""

from typing import Annotated

from fastapi import Depends, Request

from shared.principal import Principal
from shared.runtime import Runtime
from shared.web import allowed

MayRead = Annotated[Principal, allowed("webhooks:read")]
MayWrite = Annotated[Principal, allowed("webhooks:write")]


async def _runtime(request: Request) -> Runtime:
    return request.app.state.runtime  # type: ignore[no-any-return]


Running = Annotated[Runtime, Depends(_runtime)]
"""To send in the request itself: its settings, its clock, its database."""
