"""In place of customer_svc, at the other end of the wire: a real server on loopback that keeps to its contract."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import uvicorn
from fastapi import Body, FastAPI, Header, Response
from pydantic import BaseModel, ConfigDict

CONSENTING = {"allowed": True, "because": None, "address": "ada@example.org", "name": "Ada Lovelace"} | {
    "first_name": "Ada",
    "language": "en",
    "time_zone": "Europe/London",
}


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    purpose: Literal["marketing", "service"]
    channel: Literal["email"]
    contact_ids: list[str]


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The test's process keeps its own."""
        yield


class CustomerPeer:
    """What it answers for a contact stands in `contacts`; a contact that is not there is not in the answer."""

    def __init__(self) -> None:
        self.contacts: dict[str, dict[str, Any]] = {}
        self.asked: list[Asked] = []
        self.callers: list[str] = []
        self.status = 200
        self._port = 0
        self._running: tuple[_Server, asyncio.Task[None]] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        listening = socket.create_server(("127.0.0.1", self._port))
        self._port = listening.getsockname()[1]
        server = _Server(uvicorn.Config(self._app(), log_level="error", lifespan="off"))
        self._running = server, asyncio.create_task(server.serve(sockets=[listening]))

    async def stop(self) -> None:
        if self._running is not None:
            server, serving = self._running
            server.should_exit = server.force_exit = True
            await serving
            self._running = None

    def _app(self) -> FastAPI:
        app = FastAPI()

        @app.post("/v1/recipients:batch")
        async def recipients(
            asked: Annotated[Asked, Body()], response: Response, authorization: Annotated[str, Header()]
        ) -> list[dict[str, Any]]:
            self.asked.append(asked)
            self.callers.append(authorization)
            response.status_code = self.status
            known = [contact_id for contact_id in asked.contact_ids if contact_id in self.contacts]
            return [{"contact_id": contact_id, **self.contacts[contact_id]} for contact_id in known]

        return app
