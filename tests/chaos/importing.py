"""The file on its way in: sent as a job under one key, killed in its middle before all else, and followed to its end.

The rest of it comes a lease later, beside the load and its kills.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from math import inf
from typing import Any

import httpx

from tests.chaos.companies import File
from tests.chaos.ledger import Book
from tests.chaos.load import send_all
from tests.e2e.system import System

LOOK_SECONDS = 0.02
UNHURRIED_SECONDS = 0.5
"""Once it was killed there is no moment to be missed, and looking costs the system time."""
GIVE_UP_SECONDS, GIVE_UP_SECONDS_PER_ROW = 500.0, 0.02
"""Each kill costs it a lease of a minute where several processes store, so a long file among many kills takes long."""
OPEN = ("waiting", "running")

Strike = Callable[[], Awaitable[None]]


async def begin(system: System, file: File, book: Book, strike: Strike) -> str:
    """The import, in whose middle `strike` has killed whoever was storing it: now its rest waits for a lease to end."""
    book.ask(file.key, file.rows)
    async with asyncio.timeout(GIVE_UP_SECONDS), system.client("customer") as client:
        import_id = await _begun(client, file)
        while (job := await _looked(client, import_id))["state"] in OPEN:
            if job["rows"]:
                await strike()
                break
            await asyncio.sleep(LOOK_SECONDS)
        return import_id


async def finish(system: System, file: File, import_id: str, book: Book) -> None:
    """Returns when it is stored, and what is later said of its companies too. Patience begins when the load has ended:
    while kills come, a life may be too short for the reading of a file to begin.
    """
    killed_at, quiet_since = None, inf
    patience = GIVE_UP_SECONDS + GIVE_UP_SECONDS_PER_ROW * len(file.rows)
    async with system.client("customer") as client:
        while (job := await _looked(client, import_id))["state"] in OPEN:
            killed_at = job["rows"] if killed_at is None else killed_at
            quiet_since = min(quiet_since, time.monotonic() if book.complete else inf)
            if time.monotonic() > quiet_since + patience:
                book.surprise(f"{file.key} was not stored within {patience} s after the load")
                return
            await asyncio.sleep(UNHURRIED_SECONDS)
    book.imported(file, job, killed_at or 0)
    await send_all(system, file.later, book)


async def _begun(client: httpx.AsyncClient, file: File) -> str:
    headers = {"Idempotency-Key": file.key, "Content-Type": "text/csv"}
    asked = {"kind": "companies", "name": file.key, "delimiter": ";"}
    while True:
        try:
            answer = await client.post("/v1/imports", params=asked, content=file.text.encode(), headers=headers)
        except httpx.TransportError:
            await asyncio.sleep(LOOK_SECONDS)
            continue
        if answer.status_code == 201:
            return str(answer.json()["id"])
        assert answer.status_code >= 500, f"{file.key}: {answer.status_code} {answer.text[:300]}"
        await asyncio.sleep(LOOK_SECONDS)


async def _looked(client: httpx.AsyncClient, import_id: str) -> dict[str, Any]:
    while True:
        try:
            answer = await client.get(f"/v1/imports/{import_id}")
            if answer.status_code == 200:
                return dict(answer.json())
        except httpx.TransportError:
            pass
        await asyncio.sleep(LOOK_SECONDS)
