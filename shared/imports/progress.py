"""Progress as server-sent events: one whenever something moved, and a last one when the import has ended."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import FastAPI

from shared.database import Database
from shared.imports import jobs
from shared.imports.jobs import OPEN, Job
from shared.imports.views import ImportOut

LOOK_SECONDS = 0.25
SILENT_LOOKS = 40
"""After which a comment is sent, so that nobody in between takes the silence for an end."""


async def events(app: FastAPI, db: Database, job: Job) -> AsyncIterator[bytes]:
    """Ends with the import, or when the service stops: the client then asks again."""
    version, silent = -1, 0
    while True:
        if job.version != version:
            version, silent = job.version, 0
            yield _event(job)
        if job.state not in OPEN or getattr(app.state, "draining", False):
            return
        await asyncio.sleep(LOOK_SECONDS)
        silent += 1
        if silent % SILENT_LOOKS == 0:
            yield b": waiting\n\n"
        job = await db.read(jobs.find, job.id)


def _event(job: Job) -> bytes:
    name = "progress" if job.state in OPEN else job.state
    return f"event: {name}\nid: {job.version}\ndata: {ImportOut.of(job).model_dump_json()}\n\n".encode()
