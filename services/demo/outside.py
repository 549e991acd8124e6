"""The world outside, on loopback: the ad network that does not exist, and a receiver of webhooks that checks them."""

import asyncio
import base64
import hmac
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import uvicorn
from fastapi import FastAPI, HTTPException, Request

from services.demo.network import AdNetwork
from shared.service import serving

LOOPBACK = "127.0.0.1"


@dataclass
class Receiver:
    """Another system's end of a webhook: what it got by the id of the message, each once, and signed by us."""

    secret: str = ""
    got: dict[str, dict[str, Any]] = field(default_factory=dict)

    def app(self) -> FastAPI:
        app = FastAPI(title="A receiver of webhooks")

        @app.post("/hooks/rainmaker", status_code=204)
        async def receive(request: Request) -> None:
            body = await request.body()
            if not self._is_signed(request, body):
                raise HTTPException(401, "This is not from Rainmaker.")
            self.got[request.headers["webhook-id"]] = orjson.loads(body)

        return app

    def _is_signed(self, request: Request, body: bytes) -> bool:
        """As Standard Webhooks 1.0 says, with nothing but what a receiver knows."""
        stamped = [request.headers.get(name, "").encode() for name in ("webhook-id", "webhook-timestamp")]
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        wanted = "v1," + base64.b64encode(hmac.digest(key, b".".join([*stamped, body]), "sha256")).decode()
        return any(hmac.compare_digest(wanted, one) for one in request.headers.get("webhook-signature", "").split())


@dataclass(frozen=True, slots=True)
class Outside:
    network: AdNetwork
    network_url: str
    receiver: Receiver
    receiver_url: str


@asynccontextmanager
async def outside(network: AdNetwork) -> AsyncIterator[Outside]:
    receiver = Receiver()
    async with _served(network.app()) as network_url, _served(receiver.app()) as receiver_url:
        yield Outside(network, network_url, receiver, f"{receiver_url}/hooks/rainmaker")


class Server(uvicorn.Server):
    """Signals are for the system that is shown, not for the world around it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _served(app: FastAPI) -> AsyncIterator[str]:
    listener = serving.listener(LOOPBACK, 0)
    server = Server(uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
