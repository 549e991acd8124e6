"""One room on real parts: its router behind a client that may do everything, and the facts that it stated."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from sqlalchemy import delete
from sqlmodel import Session

from shared.access.tokens import Tokens
from shared.bus import open_bus
from shared.database import Database, Tx
from shared.database.tables import KERNEL
from shared.events import Event
from shared.events.cloudevents import decode
from shared.events.outbox import take
from shared.principal import Principal
from shared.runtime import Runtime
from shared.settings import Settings
from shared.web import install

BY = Principal.service("test")


@asynccontextmanager
async def client_of(
    room: ModuleType, db: Database, folder: Path, scopes: Sequence[str]
) -> AsyncIterator[httpx.AsyncClient]:
    tokens = Tokens(Ed25519PrivateKey.generate())
    bus = open_bus(f"sqlite:///{folder}/bus.db")
    settings = Settings(data=folder, master_key="00112233445566778899aabbccddeeff" * 2)
    app = FastAPI()
    install(app, "test")
    app.include_router(room.router)
    app.state.runtime = Runtime(name="test", settings=settings, db=db, bus=bus, tokens=tokens)
    headers = {"Authorization": f"Bearer {tokens.issue('user:tester', scopes, 600)}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://room", headers=headers) as client:
        yield client
    await bus.close()


async def handle(db: Database, handler: Any, events: Sequence[Event]) -> None:
    """As the inbox does it: one transaction for the batch."""
    await db.write(_handle, handler, events, by=BY, lane="inbox", seconds=60.0)


async def stated(db: Database) -> list[Any]:
    """The facts that wait to leave, in the order in which they will."""
    _, messages = await db.read(take, 100_000)
    return [decode(message) for message in messages]


async def forget_stated(db: Database) -> None:
    await db.write(_forget, by=BY)


def _handle(tx: Tx, handler: Any, events: Sequence[Event]) -> None:
    handler(tx, events)


def _forget(tx: Tx) -> None:
    session: Session = tx.session
    session.execute(delete(KERNEL.outbox))
