"""The room `access` on real parts: a clock that can be put forward, people with tokens, programs with keys."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from services.customer_svc import access
from services.customer_svc.companies import room as companies
from shared.access.tokens import Tokens
from shared.bus import open_bus
from shared.contracts.access import ROLES, SCOPES_OF
from shared.contracts.customer import ApiKeyChanged
from shared.database import Database
from shared.runtime import Runtime
from shared.settings import Settings
from shared.web import install
from tests.analytics_svc.rooms import stated
from tests.clocks import Shifted

Json = dict[str, Any]


@dataclass
class Office:
    runtime: Runtime
    client: httpx.AsyncClient
    clock: Shifted

    def person(self, *roles: str, scopes: tuple[str, ...] = (), name: str = "ada") -> dict[str, str]:
        """In these roles and with these scopes; in every role where neither is named."""
        return bearer(self.runtime.tokens.issue(f"user:{name}", scopes, 600, roles if roles or scopes else ROLES))

    async def made(self, **asked: Any) -> Json:
        answer = await self.client.post("/v1/api-keys", json=asked_for(**asked), headers=self.person())
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def say(self, verb: str, key: Json, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        """With the version that is there, unless `headers` name another."""
        headers = {"If-Match": (await self.read(key)).headers["ETag"]} | (headers or self.person())
        return await self.client.post(
            f"/v1/api-keys/{key['id']}/{verb}", headers=headers, json=body if verb == "rotate" else None
        )

    async def shown(self, key: Json) -> Json:
        return dict((await self.read(key)).json())

    async def read(self, key: Json) -> httpx.Response:
        return await self.client.get(f"/v1/api-keys/{key['id']}", headers=self.person())

    def later(self, seconds: float) -> None:
        self.clock.by += timedelta(seconds=seconds)

    async def let_in(self, secret: str) -> tuple[int, str]:
        """What a program is told that lists companies with this secret."""
        answer = await self.client.get("/v1/companies", headers=bearer(secret))
        return answer.status_code, answer.json().get("detail", "")

    async def facts(self) -> list[ApiKeyChanged]:
        return list(await stated(self.runtime.db))


def asked_for(**changes: Any) -> Json:
    return {"name": "web shop", "roles": ["service"]} | changes


def bearer(credential: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {credential}"}


@asynccontextmanager
async def open_office(db: Database, clock: Shifted, folder: Path) -> AsyncIterator[Office]:
    settings = Settings(data=folder, master_key="00112233445566778899aabbccddeeff" * 2)
    tokens = Tokens(Ed25519PrivateKey.generate(), roles=SCOPES_OF)
    bus = open_bus(f"sqlite:///{folder}/bus.db")
    runtime = Runtime(name="customer", settings=settings, db=db, bus=bus, tokens=tokens)
    app = FastAPI()
    install(app, "customer", SCOPES_OF)
    for room in (access, companies):
        app.include_router(room.router)
    app.state.runtime = runtime
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://customer") as client:
        yield Office(runtime, client, clock)
    await bus.close()
