"""The small room, assembled, with a token that may do everything there."""

import io
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from shared.access.tokens import Tokens
from shared.telemetry import logs
from shared.web import install
from tests.shared.web import things


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """All that is logged meanwhile, as JSON lines."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    logs.configure(level="debug", stream=stream)
    yield stream
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(Ed25519PrivateKey.generate())


@pytest.fixture
def token(tokens: Tokens) -> str:
    return tokens.issue("user:tester", things.SCOPES, 600)


@pytest.fixture
async def app(tmp_path: Path, tokens: Tokens) -> AsyncIterator[FastAPI]:
    app = FastAPI()
    install(app, "customer")
    app.include_router(things.router)
    app.state.runtime = things.runtime_in(tmp_path, tokens)
    yield app
    await app.state.runtime.close()
    await app.state.runtime.bus.close()


@pytest.fixture
async def client(app: FastAPI, token: str, logged: io.StringIO) -> AsyncIterator[httpx.AsyncClient]:
    async with things.client_of(app, token) as client:
        yield client
