"""A file on its way in: taken piece by piece, sealed, kept, and looked at as it goes by. Never whole in memory.

Pieces are kept before the job is; if the job never comes to be, they are forgotten, at once or after a day.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import Request

from shared.database import Database, Tx
from shared.ids import new_id
from shared.imports.encodings import Sample
from shared.imports.files import PIECE, UNFINISHED_KEPT, FileSeal, forget_file, keep_piece
from shared.imports.jobs import FORGET
from shared.principal import Principal
from shared.problems import Problem

MEDIA = ("text/csv", "text/plain", "text/tab-separated-values", "application/csv", "application/octet-stream")


@dataclass
class Upload:
    """A file that was taken in under the id of its job to be."""

    import_id: str = field(default_factory=lambda: new_id("imp"))
    sample: Sample = field(default_factory=Sample)
    size: int = 0
    digest: str = ""


async def take_in(upload: Upload, request: Request, db: Database, seal: FileSeal, by: Principal) -> None:
    """Raises Problem 413 and 415."""
    seen = hashlib.sha256()
    refuse_other_files(request)
    async for position, piece in _numbered(in_pieces(request)):
        upload.sample.take(piece)
        seen.update(piece)
        upload.size += len(piece)
        data = seal.seal(upload.import_id, position, piece)
        await db.write(_keep, upload.import_id, position, data, by=by, lane=upload.import_id)
    upload.sample.take(b"", last=True)
    upload.digest = seen.hexdigest()


@asynccontextmanager
async def kept_unless_refused(db: Database, upload: Upload) -> AsyncIterator[None]:
    """What is refused leaves no file. After a fault of ours it may be that the job is there and needs it."""
    try:
        yield
    except Problem as refused:
        if refused.status < 500:
            await forget_file(db, upload.import_id)
        raise


async def in_pieces(request: Request) -> AsyncIterator[bytes]:
    gathered = bytearray()
    async for part in request.stream():
        gathered += part
        while len(gathered) >= PIECE:
            yield bytes(gathered[:PIECE])
            del gathered[:PIECE]
    if gathered:
        yield bytes(gathered)


def refuse_other_files(request: Request) -> None:
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared not in MEDIA:
        raise Problem(
            415,
            "unsupported-media-type",
            "Unsupported media type",
            "Send the file itself as the body, as Content-Type: text/csv.",
        )


async def _numbered(pieces: AsyncIterator[bytes]) -> AsyncIterator[tuple[int, bytes]]:
    position = 0
    async for piece in pieces:
        yield position, piece
        position += 1


def _keep(tx: Tx, import_id: str, position: int, data: bytes) -> None:
    if position == 0:
        unfinished = {"import_id": import_id, "unfinished": True}
        tx.later(FORGET, key=f"{import_id} unfinished", payload=unfinished, at=tx.now + UNFINISHED_KEPT)
    keep_piece(tx, import_id, position, data)
