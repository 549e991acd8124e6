"""How often somebody may ask, and guess: 429 with when to come again, and nobody pays for a neighbour."""

import io
import re
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from shared.access.apikeys import new_secret
from shared.access.tokens import Tokens
from tests.shared.web import things


@pytest.fixture(autouse=True)
def at_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was spent comes back with the time; here none passes, however slow the machine is."""
    monkeypatch.setattr("shared.access.limits.time", SimpleNamespace(monotonic=lambda: 1_000.0))


def limited(app: FastAPI, **limits: int) -> FastAPI:
    app.state.runtime.settings = app.state.runtime.settings.model_copy(update=limits)
    return app


async def test_a_caller_who_asks_too_often_is_told_when_to_come_again(app: FastAPI, tokens: Tokens) -> None:
    limited(app, requests_per_minute=3)
    ada, eve = (tokens.issue(f"user:{name}", things.SCOPES, 600) for name in ("ada", "eve"))
    async with things.client_of(app, ada) as client:
        answers = [await client.get("/v1/things") for _ in range(4)]
    async with things.client_of(app, eve) as other:
        assert (await other.get("/v1/things")).status_code == 200
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json()["type"] == "/problems/too-many-requests"
    assert answers[-1].headers["retry-after"] == "20"
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"minute";q=3;w=60'}
    left = [re.fullmatch(r'"minute";r=(\d+);t=\d+', answer.headers["ratelimit"]) for answer in answers]
    assert [found and found[1] for found in left] == ["2", "1", "0", "0"]


async def test_every_answer_to_who_is_let_in_says_what_is_left_and_no_other_does(client: httpx.AsyncClient) -> None:
    """Also one that refuses."""
    counted = [await client.get("/v1/things/chair"), await client.post("/v1/things", json={"nome": "lamp"})]
    assert [(answer.status_code, "ratelimit" in answer.headers) for answer in counted] == [(404, True), (422, True)]
    assert "ratelimit" not in (await client.get("/openapi.json")).headers


async def test_where_there_is_no_limit_nothing_is_said_of_one(app: FastAPI, token: str) -> None:
    async with things.client_of(limited(app, requests_per_minute=0), token) as client:
        assert "ratelimit" not in (await client.get("/v1/things")).headers


async def test_guessing_is_bounded_and_shuts_out_nobody_who_was_known(app: FastAPI, tokens: Tokens, token: str) -> None:
    limited(app, failures_per_minute=3)
    newcomer = tokens.issue("user:new", things.SCOPES, 600)
    async with things.client_of(app, token) as known, things.client_of(app) as guessing:
        assert (await known.get("/v1/things")).status_code == 200
        told = [await asked(guessing, f"guess-{number}") for number in range(5)]
        assert told == [401, 401, 401, 429, 429]
        assert await asked(guessing, newcomer) == 429, "the right guess is no better than a wrong one"
        assert (await known.get("/v1/things")).status_code == 200
        assert (await guessing.get("/v1/things")).status_code == 401, "no guess, and none is counted"


async def asked(client: httpx.AsyncClient, credential: str) -> int:
    return (await client.get("/v1/things", headers={"Authorization": f"Bearer {credential}"})).status_code


async def test_no_credential_is_logged(client: httpx.AsyncClient, token: str, logged: io.StringIO) -> None:
    """Neither one that is good nor one that is not; only who it was."""
    secret = new_secret()
    assert (await client.get("/v1/things")).status_code == 200
    assert [await asked(client, wrong) for wrong in (secret, secret[:-1], token[:-4])] == [401, 401, 401]
    said = logged.getvalue()
    assert said.count('"status":401') == 3 and "user:tester" in said
    assert not [part for part in (token, token[:-4], secret, secret[:-1], token.split(".")[1]) if part in said]
