"""The load: leads over HTTP as a careful client sends them, again with the same key until they are answered by 2xx."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx

from tests.chaos.ledger import Book
from tests.chaos.people import Request
from tests.e2e.system import System

AT_ONCE = 16
PAUSE = 0.1
GIVE_UP_SECONDS = 300.0  # without an answer for so long, this call is a loss, and the oracle says so


async def send_all(system: System, calls: list[Request], book: Book) -> None:
    """Returns when each call was answered, or given up."""
    left = iter(calls)
    async with system.client("customer") as client, asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(_send_some(client, left, book))


async def _send_some(client: httpx.AsyncClient, left: Iterator[Request], book: Book) -> None:
    for request in left:
        book.ask(request)
        try:
            async with asyncio.timeout(GIVE_UP_SECONDS):
                await _until_answered(client, request, book)
        except TimeoutError:
            book.surprise(f"{request.key} had no 2xx within {GIVE_UP_SECONDS} s")


async def _until_answered(client: httpx.AsyncClient, request: Request, book: Book) -> None:
    while True:
        answer = await _tried(client, request)
        if answer is not None and answer.status_code in (200, 201):
            results = answer.json()["results"] if request.batch else [answer.json()]
            if wrong := [result for result in results if result.get("problem")]:
                book.surprise(f"{request.key}: a row was refused: {wrong[0]}")
            else:
                book.promise(request, results)
            return
        if answer is not None and answer.status_code != 503:
            book.surprise(f"{request.key}: {answer.status_code} {answer.text[:300]}")
            if answer.status_code < 500:
                return
        await asyncio.sleep(PAUSE)  # the pause of a client before it tries again


async def _tried(client: httpx.AsyncClient, request: Request) -> httpx.Response | None:
    """None where nobody knows what became of it: the connection failed, or the time was over."""
    path, body = _call(request)
    try:
        return await client.post(path, json=body, headers={"Idempotency-Key": request.key})
    except httpx.TransportError:
        return None


def _call(request: Request) -> tuple[str, Any]:
    leads = [dict(row.lead) for row in request.rows]
    return ("/v1/leads:batch", {"leads": leads}) if request.batch else ("/v1/leads", leads[0])
