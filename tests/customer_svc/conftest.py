"""customer_svc on a real database, with a client that may do everything there, and eyes on what is stored."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from services.customer_svc import timeline
from services.customer_svc.consent import room as consent
from services.customer_svc.contacts import room as contacts
from services.customer_svc.tables import tables
from shared.access.tokens import Tokens
from shared.bus import open_bus
from shared.database import Database
from shared.runtime import Runtime
from shared.settings import Settings
from shared.vault import Vault
from shared.web import install
from tests.customer_svc.system import Customer
from tests.fixtures import create_tables

SCOPES = ["leads:write", "contacts:read", "contacts:write", "recipients:read"]


@pytest.fixture
async def customer(database_url: str, tmp_path: Path) -> AsyncIterator[Customer]:
    create_tables(database_url, tables.metadata)
    settings = Settings(data=tmp_path, master_key="00112233445566778899aabbccddeeff" * 2)
    runtime = Runtime(
        name="customer",
        settings=settings,
        db=Database(database_url, service="customer"),
        bus=open_bus(f"sqlite:///{tmp_path}/bus.db"),
        tokens=Tokens(Ed25519PrivateKey.generate()),
        vault=Vault.open(f"sqlite:///{tmp_path}/keys.db", settings.master),
    )
    transport = httpx.ASGITransport(_app(runtime))
    headers = {"Authorization": f"Bearer {runtime.tokens.issue('user:tester', SCOPES, 600)}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://customer", headers=headers) as client:
        yield Customer(client, runtime)
    await runtime.close()
    await runtime.bus.close()


def _app(runtime: Runtime) -> FastAPI:
    app = FastAPI()
    install(app, "customer")
    for room in (contacts, consent, timeline):
        app.include_router(room.router)
    app.state.runtime = runtime
    return app
