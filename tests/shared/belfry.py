"""A small room and a service around it: who rings a bell is heard."""

import base64
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import select
from sqlmodel import Session

from shared.access.tokens import Tokens
from shared.principal import Principal
from shared.runtime import Runtime
from shared.service import Service
from shared.settings import Settings
from shared.web import Db, Router, allowed
from tests.shared.facts import METADATA, BellRang, count_up, hang, rang, ring, rings

MASTER_KEY = base64.b64encode(bytes(range(32))).decode()
SIGNING_KEY = (
    Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().strip()
)
SCOPES = ["bells:write", "bells:read", "dead-letters:read", "dead-letters:open", "dead-letters:replay"]

router = Router(prefix="/v1/bells", tags=["bells"])
HANDLERS = {BellRang: count_up}


class Heard(BaseModel):
    number: int


@router.put("/{bell}")
async def hang_bell(bell: str, db: Db, by: Annotated[Principal, allowed("bells:write")]) -> Heard:
    await db.write(hang, bell, by=by)
    return Heard(number=0)


@router.post("/{bell}/ring")
async def ring_bell(bell: str, db: Db, by: Annotated[Principal, allowed("bells:write")]) -> Heard:
    await db.write(ring, rang(bell), by=by)
    return Heard(number=0)


@router.get("/{bell}")
async def heard(bell: str, db: Db, _: Annotated[Principal, allowed("bells:read")]) -> Heard:
    return Heard(number=await db.read(_number, bell))


def _number(session: Session, bell: str) -> int:
    return int(session.execute(select(rings.c.number).where(rings.c.bell == bell)).scalar_one())


def belfry(*more: Any, **given: Any) -> Service:
    """The service; `more` are further rooms."""
    return Service("test", tables=METADATA, rooms=[sys.modules[__name__], *more], **given)


def settings_in(folder: Path, **given: Any) -> Settings:
    """Settings of an embedded system that lacks nothing."""
    return Settings.model_validate({"data": folder, "master_key": MASTER_KEY, "signing_key": SIGNING_KEY} | given)


@asynccontextmanager
async def started(service: Service, settings: Settings, **how: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The service's app, started; a client with a token for everything."""
    service.migrate(settings)
    app = service.app(lambda: settings, **how)
    async with app.router.lifespan_context(app), client_of(app) as client:
        yield client


def client_of(app: FastAPI) -> httpx.AsyncClient:
    token = Tokens(SIGNING_KEY).issue("user:test", SCOPES, 600)
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", headers=headers)


def runtime_of(client: httpx.AsyncClient) -> Runtime:
    transport: Any = client._transport
    runtime: Runtime = transport.app.state.runtime
    return runtime
