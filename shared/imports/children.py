"""The child process that reads a file, as its parent has it: one for each file that is large."""

import asyncio
import os
import pickle
import sys
from collections.abc import AsyncIterator
from contextlib import suppress

from shared.imports.checking import Frame
from shared.imports.child import Order

AHEAD = 256 * 1024
"""Bytes of frames that may wait to be stored, before the child has to wait."""
COMMAND = (sys.executable, "-P", "-c", "from shared.imports.child import main; main()")


class ChildDied(Exception):
    """It ended before its last frame: killed, out of memory, or a fault in the kind."""


class Child:
    """One file on its way through one process. Leave it by `close`, wherever it is."""

    def __init__(self, process: asyncio.subprocess.Process, feeding: "asyncio.Task[None]") -> None:
        self._process, self._feeding = process, feeding
        self._coming: asyncio.Task[Frame | None] | None = None

    @classmethod
    async def start(cls, order: Order, file: AsyncIterator[bytes]) -> "Child":
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            stdin=pipe,
            stdout=pipe,
            limit=AHEAD,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,  # Ctrl-C is told to the service, which ends its children itself
        )
        return cls(process, asyncio.create_task(_feed(process, order, file)))

    async def next(self) -> Frame | None:
        """None behind the last. Raises `ChildDied`, and what reading the file raised.

        The one after it is unpacked while this one is being stored.
        """
        frame = await (self._coming or asyncio.create_task(self._read()))
        self._coming = None if frame is None else asyncio.create_task(self._read())
        return frame

    async def _read(self) -> Frame | None:
        assert self._process.stdout  # noqa: S101 - it was started with a pipe
        try:
            size = int.from_bytes(await self._process.stdout.readexactly(4), "big")
            packed = await self._process.stdout.readexactly(size)
        except asyncio.IncompleteReadError:
            await self._feeding
            raise ChildDied(f"the reading process ended with code {await self._process.wait()}") from None
        frame: Frame | None = pickle.loads(packed)  # noqa: S301 - our own child's
        return frame

    async def close(self) -> None:
        tasks = [self._feeding, *([self._coming] if self._coming else [])]
        for task in tasks:
            task.cancel()
        with suppress(ProcessLookupError):
            self._process.kill()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._process.stdout:
            await self._process.stdout.read()
        await self._process.wait()


async def _feed(process: asyncio.subprocess.Process, order: Order, file: AsyncIterator[bytes]) -> None:
    """A child that has died takes nothing more; who reads its frames finds that out."""
    entry = process.stdin
    assert entry  # noqa: S101 - as above
    try:
        packed = pickle.dumps(order)
        entry.write(len(packed).to_bytes(4, "big") + packed)
        async for piece in file:
            entry.write(piece)
            await entry.drain()
    except (BrokenPipeError, ConnectionResetError):
        pass
    finally:
        entry.close()
