"""Idempotency-Key and If-Match: the same request twice, and a change decided on an old version."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from shared.access.tokens import Tokens
from tests.shared.web import things

KEY = {"Idempotency-Key": "order-1"}


async def stored(app: FastAPI) -> int:
    count: int = await app.state.runtime.db.read(
        lambda session: session.execute(select(func.count()).select_from(things.THINGS)).scalar_one()
    )
    return count


async def test_the_same_key_and_body_give_the_first_answer_again(app: FastAPI, client: httpx.AsyncClient) -> None:
    first = await client.post("/v1/things", json={"name": "lamp"}, headers=KEY)
    again = await client.post("/v1/things", json={"name": "lamp"}, headers=KEY)
    assert (first.status_code, first.json()) == (again.status_code, again.json()) == (201, first.json())
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await stored(app) == 1


async def test_many_at_once_with_one_key_are_one(app: FastAPI, client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*[client.post("/v1/things", json={"name": "x"}, headers=KEY) for _ in range(20)])
    assert {answer.status_code for answer in answers} == {201}
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 19
    assert await stored(app) == 1


async def test_the_same_key_with_another_body_is_refused(client: httpx.AsyncClient) -> None:
    await client.post("/v1/things", json={"name": "lamp"}, headers=KEY)
    answer = await client.post("/v1/things", json={"name": "chair"}, headers=KEY)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert answer.json()["errors"][0]["pointer"] == "/header/Idempotency-Key"


async def test_the_same_key_of_another_caller_is_another_key(
    app: FastAPI, client: httpx.AsyncClient, tokens: Tokens
) -> None:
    await client.post("/v1/things", json={"name": "lamp"}, headers=KEY)
    async with things.client_of(app, tokens.issue("user:other", things.SCOPES, 600)) as other:
        answer = await other.post("/v1/things", json={"name": "chair"}, headers=KEY)
    assert (answer.status_code, "idempotency-replayed" in answer.headers) == (201, False)


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "käse"])
async def test_a_malformed_key_is_refused_by_name(client: httpx.AsyncClient, key: str) -> None:
    answer = await client.post("/v1/things", json={"name": "a"}, headers=[(b"Idempotency-Key", key.encode("latin-1"))])
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/header/Idempotency-Key")


async def test_an_answer_has_its_version_as_etag(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/things/lamp")).headers["etag"] == '"3"'


@pytest.mark.parametrize(
    ("if_match", "status", "slug"),
    [
        ('"3"', 200, None),
        ('"2"', 412, "precondition-failed"),
        (None, 428, "precondition-required"),
        ("3", 422, "invalid-fields"),
        ("*", 422, "invalid-fields"),
        ('W/"3"', 422, "invalid-fields"),
        ('"3", "4"', 422, "invalid-fields"),
    ],
)
async def test_a_change_must_name_the_current_version(
    client: httpx.AsyncClient, if_match: str | None, status: int, slug: str | None
) -> None:
    headers = {} if if_match is None else {"If-Match": if_match}
    answer = await client.put("/v1/things/lamp", json={"name": "a"}, headers=headers)
    assert answer.status_code == status
    assert slug is None or answer.json()["type"] == f"/problems/{slug}"
