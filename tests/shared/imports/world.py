"""A room of imports on real parts: its endpoints behind a client, and its due work, done when a test says so."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from shared.access.tokens import Tokens
from shared.bus import open_bus
from shared.database import Database
from shared.due import Due, Effect
from shared.imports.room import Kind, imports_router
from shared.imports.running import ForgetFiles, RunImports
from shared.runtime import Runtime
from shared.settings import Settings
from shared.web import install

CSV = {"Content-Type": "text/csv"}


@dataclass
class World:
    db: Database
    client: httpx.AsyncClient
    runtime: Runtime
    kinds: Sequence[Kind[Any]]

    async def send(self, content: bytes, *, key: str | None = None, **params: Any) -> httpx.Response:
        headers = CSV | ({"Idempotency-Key": key} if key else {})
        return await self.client.post("/v1/imports", params=params, content=content, headers=headers)

    async def preview(self, content: bytes, **params: Any) -> httpx.Response:
        return await self.client.post("/v1/imports:preview", params=params, content=content, headers=CSV)

    async def imported(self, content: bytes, **params: Any) -> dict[str, Any]:
        """The import after its end."""
        started = await self.send(content, **params)
        assert started.status_code == 201, started.text
        await self.work()
        return await self.read(started.json()["id"])

    async def read(self, import_id: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.client.get(f"/v1/imports/{import_id}")).json()
        return found

    async def rejects(self, import_id: str) -> str:
        answer = await self.client.get(f"/v1/imports/{import_id}/rejects.csv")
        assert answer.status_code == 200, answer.text
        return answer.content.decode("utf-8-sig")

    async def work(self, run: RunImports | None = None) -> None:
        """Do what is due, as a worker would, until nothing is."""
        effects: list[Effect] = [run or RunImports(self.runtime, self.kinds), ForgetFiles(self.runtime)]
        due = Due(self.db, effects)
        while await due.do_some():
            await due.finished()
        for effect in effects:
            await effect.close()


@asynccontextmanager
async def world_of(kinds: Sequence[Kind[Any]], db: Database, folder: Path) -> AsyncIterator[World]:
    app, runtime = FastAPI(), runtime_of(db, folder)
    install(app, "test")
    app.include_router(imports_router(kinds))
    app.state.runtime = runtime
    scopes = ["imports:read", "imports:write", *(kind.scope for kind in kinds)]
    headers = {"Authorization": f"Bearer {runtime.tokens.issue('user:tester', scopes, 600)}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://room", headers=headers) as client:
        yield World(db, client, runtime, kinds)
    await runtime.bus.close()


def runtime_of(db: Database, folder: Path) -> Runtime:
    tokens, bus = Tokens(Ed25519PrivateKey.generate()), open_bus(f"sqlite:///{folder}/bus.db")
    settings = Settings(data=folder, master_key="00112233445566778899aabbccddeeff" * 2)
    return Runtime(name="test", settings=settings, db=db, bus=bus, tokens=tokens)
