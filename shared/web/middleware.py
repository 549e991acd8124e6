"""Around every request: its id, its trace, one log line, its metrics, and an answer even where the service is at fault.

Neither query strings nor bodies nor ids are logged: the route is logged by its template.
"""

from functools import cached_property, lru_cache
from time import perf_counter
from typing import Any

from fastapi import FastAPI
from opentelemetry.trace import Span
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.problems import Problem, invalid_field
from shared.telemetry.logs import context, log
from shared.telemetry.metrics import request_seconds, requests_total
from shared.telemetry.tracing import span, trace_id, traceparent
from shared.web.errors import answer, internal
from shared.web.idempotency import ONCE
from shared.web.requestid import adopted
from shared.web.routes import refuse_lenient_routes, route_template
from shared.web.security import PRINCIPAL, QUOTA


class Exchange:
    """One request and its answer: the status as it goes out, and the headers that every answer carries."""

    def __init__(self, scope: Scope, send: Send, offered: dict[bytes, str], draining: bool) -> None:
        self.scope, self._send, self._draining = scope, send, draining
        self.began, self.status = perf_counter(), 0
        self.id, self.traceparent = adopted(offered.get(b"x-request-id", "")), ""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *self._headers(message)]
        await self._send(message)

    def _headers(self, message: Message) -> list[tuple[bytes, bytes]]:
        headers = [
            (b"x-request-id", self.id.encode()),
            (b"traceparent", self.traceparent.encode()),
            (b"x-content-type-options", b"nosniff"),
        ]
        if not any(name == b"cache-control" for name, _ in message.get("headers", ())):
            headers.append((b"cache-control", b"no-store"))
        for name, value in self.scope.get(QUOTA, {}).items():
            headers.append((name.lower().encode(), value.encode()))
        once = self.scope.get(ONCE)
        if once is not None and once.replayed:
            headers.append((b"idempotency-replayed", b"true"))
        if self._draining:
            headers.append((b"connection", b"close"))
        return headers


class Requests:
    """Pure ASGI: the framework's own kind of middleware costs a task per request and loses context variables."""

    def __init__(self, app: ASGIApp, *, owner: FastAPI, service: str) -> None:
        refuse_lenient_routes(owner.routes)  # runs when the application is first assembled, after all rooms are in
        self.app, self.owner, self.service = app, owner, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        offered = _offered(scope)
        exchange = Exchange(scope, send, offered, getattr(self.owner.state, "draining", False))
        with (
            context(request_id=exchange.id, service=self.service),
            span("request", parent=offered.get(b"traceparent")) as current,
        ):
            exchange.traceparent = traceparent() or ""
            try:
                await self._answered(exchange, receive)
            finally:
                self._account(exchange, current)

    async def _answered(self, exchange: Exchange, receive: Receive) -> None:
        try:
            _refuse_nul(exchange.scope)
            await self.app(exchange.scope, receive, exchange.send)
        except Exception as error:
            response = answer(error if isinstance(error, Problem) else internal(error))
            if exchange.status:
                raise  # half of an answer is out: cutting the connection is the only honest end
            await response(exchange.scope, receive, exchange.send)

    def _account(self, exchange: Exchange, current: Span) -> None:
        seconds, method = perf_counter() - exchange.began, exchange.scope["method"]
        route, status = route_template(exchange.scope), exchange.status
        count, time = _meters(self.service, f"{method} {route}", _outcome(status))
        count.inc()
        time.observe(seconds)
        if current.is_recording():
            current.update_name(f"{method} {route}")
            current.set_attributes(
                {"http.request.method": method, "http.route": route, "http.response.status_code": status}
            )
        principal = exchange.scope.get(PRINCIPAL)
        self._log.info(
            "request",
            method=method,
            route=route,
            status=status,
            duration_ms=round(seconds * 1000, 2),
            principal=principal.subject if principal else None,
            trace_id=trace_id(exchange.traceparent),
        )

    @cached_property
    def _log(self) -> Any:
        """Bound at the first request, when logging is configured: binding it anew costs as much as the line."""
        return log().bind()


@lru_cache(maxsize=4_096)
def _meters(service: str, route: str, outcome: str) -> tuple[Counter, Histogram]:
    return requests_total.labels(service, route, outcome), request_seconds.labels(service, route)


def _offered(scope: Scope) -> dict[bytes, str]:
    wanted = (b"x-request-id", b"traceparent")
    return {name: value.decode("latin-1") for name, value in scope["headers"] if name in wanted}


def _refuse_nul(scope: Scope) -> None:
    """PostgreSQL cannot store NUL, and no id or filter holds it; here it is refused before any room meets it."""
    if "\x00" in scope["path"]:
        raise invalid_field("/path", "nul", "A path must not contain NUL.")
    if b"%00" in scope["query_string"]:
        raise invalid_field("/query", "nul", "A query must not contain NUL.")


def _outcome(status: int) -> str:
    if status == 0:
        return "aborted"
    return "ok" if status < 400 else "refused" if status < 500 else "failed"


def install_requests(app: FastAPI, service: str) -> None:
    arguments: dict[str, Any] = {"owner": app, "service": service}
    app.add_middleware(Requests, **arguments)
