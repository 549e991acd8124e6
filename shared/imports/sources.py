"""Where the frames of a job come from: a thread for a small file, a child process for a large one.

A child takes a third of a second to start; a small file is read in little more, and each frame of it holds the
interpreter for milliseconds only.
"""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from typing import Any, Protocol

from shared.database import Database
from shared.imports.checking import Frame, frames
from shared.imports.child import Order
from shared.imports.children import Child
from shared.imports.files import PIECE, FileSeal, pieces
from shared.imports.jobs import Job
from shared.imports.kinds import Kind

SMALL = 4 * PIECE
"""Bytes: some ten thousand rows."""


class Source(Protocol):
    async def next(self) -> Frame | None:
        """None behind the last."""

    async def close(self) -> None: ...


class FileGone(Exception):
    """The pieces of the file are not all there."""


async def open_source(db: Database, seal: FileSeal, kind: Kind[Any], job: Job) -> Source:
    """The frames behind the rows that are dealt with. Raises `FileGone`, now or on the way."""
    file = _whole(pieces(db, seal, job.id), job.bytes)
    if job.bytes > SMALL:
        return await Child.start(Order(kind.shape.where, job.form, job.rows), file)
    return _InThread(frames(kind.shape, job.form, io.BytesIO(b"".join([piece async for piece in file])), job.rows))


class _InThread:
    def __init__(self, found: Iterator[Frame]) -> None:
        self._found = found

    async def next(self) -> Frame | None:
        return await asyncio.to_thread(next, self._found, None)

    async def close(self) -> None:
        pass


async def _whole(file: AsyncIterator[bytes], size: int) -> AsyncIterator[bytes]:
    """Half of a file must not pass for a whole one."""
    seen = 0
    async for piece in file:
        seen += len(piece)
        yield piece
    if seen != size:
        raise FileGone(f"the file has {seen} of {size} bytes")
