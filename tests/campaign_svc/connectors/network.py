"""The ad network of the demo as a real server on loopback, with everything that goes wrong on the way to it."""

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qsl

import uvicorn

from services.demo.network import CAMPAIGNS, AdNetwork

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Fault = Callable[["FaultyNetwork", Scope, bytes, Send], Awaitable[None]]
"""Answers in place of the network, which has prepared this body."""


class Cut(Exception):
    """Makes the server drop the connection."""


class FaultyNetwork(AdNetwork):
    """`faults` are what happens to the next requests, None being nothing; `queries` is what was asked for."""

    def __init__(self, last_day: date, **given: Any) -> None:
        super().__init__(last_day, **({"busy_every": 0, "days": 30, "page": 40} | given))
        self.faults: deque[Fault | None] = deque()
        self.queries: list[dict[str, str]] = []
        self.headers: dict[str, str] = {}
        self.body: bytes | None = None
        self.url = ""

    @property
    def truth(self) -> dict[tuple[str, str], tuple[int, int, str]]:
        """By day and campaign: impressions, clicks, micros."""
        names = {one.id: one.name for one in CAMPAIGNS}
        return {
            (day.isoformat(), names[campaign]): (one["impressions"], one["clicks"], str(one["cost_micros"]))
            for (day, campaign), one in self.figures.items()
        }

    @property
    def cursors(self) -> list[str]:
        return [query.get("cursor", "0") for query in self.queries]

    def rewrite(self, day: date, clicks: int = 7) -> None:
        """History, as networks rewrite it: all campaigns of that day."""
        for one in CAMPAIGNS:
            figures = self.figures[day, one.id]
            more = {"clicks": figures["clicks"] + clicks, "cost_micros": figures["cost_micros"] + 123_457}
            self.figures[day, one.id] = figures | more

    def go_on(self, days: int = 1) -> None:
        """The next days: as the same weekday was before."""
        last = max(day for day, _ in self.figures)
        for ahead in range(1, days + 1):
            for one in CAMPAIGNS:
                day = last + timedelta(days=ahead)
                self.figures[day, one.id] = dict(self.figures[day - timedelta(days=7), one.id])

    @contextlib.asynccontextmanager
    async def served(self) -> AsyncIterator["FaultyNetwork"]:
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = _Server(uvicorn.Config(self._answering(), log_level="critical", lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield self
        finally:
            server.should_exit = server.force_exit = True
            await serving

    def _answering(self) -> Callable[..., Awaitable[None]]:
        honest = self.app()

        async def answer(scope: Scope, receive: Callable[[], Awaitable[Any]], send: Send) -> None:
            self.queries.append(dict(parse_qsl(scope["query_string"].decode())))
            fault = self.faults.popleft() if self.faults else None
            said: list[dict[str, Any]] = []

            async def keep(message: dict[str, Any]) -> None:
                said.append(message)

            await honest(scope, receive, keep)  # type: ignore[arg-type]  # Starlette names the same things otherwise
            status, body = said[0]["status"], b"".join(part.get("body", b"") for part in said)
            body = self.body if self.body is not None else body
            if fault is not None:
                await fault(self, scope, body, send)
            else:
                await say(send, body, status, {**self.headers, "Content-Length": str(len(body))})

        return answer


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The test's process keeps its own."""
        yield


async def say(send: Send, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> None:
    pairs = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


def refusing(status: int, **headers: str) -> Fault:
    async def fault(network: FaultyNetwork, scope: Scope, body: bytes, send: Send) -> None:
        await say(send, b"no", status, {name.replace("_", "-"): value for name, value in headers.items()})

    return fault


async def truncated(network: FaultyNetwork, scope: Scope, body: bytes, send: Send) -> None:
    """Half of what its length promises."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    raise Cut


async def dies(network: FaultyNetwork, scope: Scope, body: bytes, send: Send) -> None:
    """In the middle of a page whose length nobody was told."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body[: len(body) // 3], "more_body": True})
    raise Cut


async def cut_off(network: FaultyNetwork, scope: Scope, body: bytes, send: Send) -> None:
    """Half a page that says it is all: a proxy did this."""
    await say(send, body[: len(body) // 2])


async def hangs_up(network: FaultyNetwork, scope: Scope, body: bytes, send: Send) -> None:
    raise Cut


class Held:
    """A fault that is none: `reached`, the request waits until it is `released`, and then is answered."""

    def __init__(self) -> None:
        self.reached, self.released = asyncio.Event(), asyncio.Event()

    async def __call__(self, network: FaultyNetwork, scope: Scope, body: bytes, send: Send) -> None:
        self.reached.set()
        await self.released.wait()
        await say(send, body)


def after(happening: Callable[[], Awaitable[None]]) -> Fault:
    """Answers as usual, but only when something else has happened meanwhile."""

    async def fault(network: FaultyNetwork, scope: Scope, body: bytes, send: Send) -> None:
        await happening()
        await say(send, body)

    return fault
