"""Pages of other origins: a browser lets them ask where this service names their origin, and it names none by itself.

Callers show a token or a key, never a cookie; so credentials are not allowed, and `*` never is.
"""

from typing import Any

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SHOWN = "ETag, Idempotency-Replayed, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, traceparent"
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, If-Match, X-Request-Id, traceparent",
    "Access-Control-Max-Age": "600",
    "Cache-Control": "no-store",
}


class Cors:
    """Outside of everything else, so that a page can read every answer, also that of a fault."""

    def __init__(self, app: ASGIApp, *, owner: FastAPI) -> None:
        self.app, self.owner = app, owner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        allowed = self._allowed() if scope["type"] == "http" else frozenset[str]()
        if not allowed:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")
        said = {"Vary": "Origin"}
        if origin in allowed:
            said |= {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": SHOWN}
            if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
                await Response(status_code=204, headers=said | PREFLIGHT)(scope, receive, send)
                return

        async def saying(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(said)
            await send(message)

        await self.app(scope, receive, saying)

    def _allowed(self) -> frozenset[str]:
        runtime = getattr(self.owner.state, "runtime", None)
        return runtime.settings.origins if runtime is not None else frozenset()


def install_cors(app: FastAPI) -> None:
    arguments: dict[str, Any] = {"owner": app}
    app.add_middleware(Cors, **arguments)
