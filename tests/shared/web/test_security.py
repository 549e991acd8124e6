"""Who may: tokens of every wrong kind, missing scopes, and what the caller is told."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from shared.access.tokens import Tokens
from tests.shared.web import things


async def test_without_a_token_the_answer_is_a_bare_challenge(app: FastAPI) -> None:
    async with things.client_of(app) as client:
        answer = await client.get("/v1/things/lamp")
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "header", ["Basic amFuZTpzZWNyZXQ=", "Bearer", "Bearer ", "bearer\tx", "Bearer x y", "Bearer x"]
)
async def test_a_malformed_header_is_401(app: FastAPI, header: str) -> None:
    async with things.client_of(app) as client:
        answer = await client.get("/v1/things/lamp", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer error=")


async def test_a_token_of_another_key_is_401(app: FastAPI) -> None:
    foreign = Tokens(Ed25519PrivateKey.generate()).issue("user:eve", things.SCOPES, 600)
    async with things.client_of(app, foreign) as client:
        answer = await client.get("/v1/things/lamp")
    assert (answer.status_code, "does not know" in answer.json()["detail"]) == (401, True)


async def test_a_missing_scope_is_named(app: FastAPI, tokens: Tokens) -> None:
    async with things.client_of(app, tokens.issue("user:reader", ["things:read"], 600)) as client:
        assert (await client.get("/v1/things/lamp")).status_code == 200
        answer = await client.post("/v1/things", json={"name": "a"})
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")
    assert "things:write" in answer.json()["detail"]
    assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="things:write"'


async def test_the_scheme_is_read_in_any_case(app: FastAPI, token: str) -> None:
    async with things.client_of(app) as client:
        answer = await client.get("/v1/things/lamp", headers={"Authorization": f"bearer  {token}"})
    assert answer.status_code == 200
