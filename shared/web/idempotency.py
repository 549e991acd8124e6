"""`Idempotency-Key`: the same request again gives the answer of the first, and `Idempotency-Replayed: true`.

A room passes `once` to `db.write` and takes the status from the stored result, so a replay has the first one's status:

    result = await db.write(capture, sealed, by=by, once=once)
    response.status_code = 201 if result.created else 200
"""

import re
from typing import Annotated

from fastapi import Depends, Header, Request
from pydantic import WithJsonSchema

from shared.database import Once
from shared.problems import invalid_field
from shared.web.routes import route_template
from shared.web.security import principal_of

ONCE = "rainmaker.once"

_VISIBLE = re.compile(r"[!-~]{1,255}")
_SCHEMA = WithJsonSchema({"type": "string", "pattern": f"^{_VISIBLE.pattern}$"})

_DESCRIPTION = (
    "Any text that is new for each new request, such as a UUID. Sent again with the same body within 24 hours, "
    "the first answer is given again and nothing is done twice."
)


async def _key(
    key: Annotated[
        str | None,
        _SCHEMA,
        Header(alias="Idempotency-Key", description=_DESCRIPTION, examples=["4f0f1f4e-8f0b-4b57-9f0e-5a0f6d3c2b1a"]),
    ] = None,
) -> str | None:
    if key is not None and not _VISIBLE.fullmatch(key):
        raise invalid_field("/header/Idempotency-Key", "malformed", "Expected 1 to 255 visible ASCII characters.")
    return key


SentKey = Annotated[str | None, Depends(_key)]
"""The key alone, for a body that goes by in pieces: `once_of` makes of it what `db.write` takes."""


async def _once(request: Request, key: SentKey) -> Once | None:
    return None if key is None else once_of(request, key, await request.body())


def once_of(request: Request, key: str, asked: bytes) -> Once:
    """`asked` is the body, or what stands for it."""
    # The path is part of what is asked: one key sent to two contacts is two requests; the scope has only the template.
    asked = request.scope["path"].encode() + b"\n" + asked
    once = Once(
        scope=f"{principal_of(request).subject} {request.method} {route_template(request.scope)}",
        key=key,
        fingerprint=request.app.state.runtime.fingerprint(asked),
    )
    request.scope[ONCE] = once
    return once


IdempotencyKey = Annotated[Once | None, Depends(_once)]
