"""Uploaded files: kept in pieces in the database, so that api and worker may be different machines, and sealed, as a
file may hold anything. A piece is bound to its place, so pieces cannot be swapped.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Column, Table, delete, select
from sqlmodel import Session

from shared.database import Database, Tx
from shared.database.sql import changed, insert_new
from shared.imports.tables import chunks, rejects
from shared.principal import Principal
from shared.vault.sealing import open_box, seal_box

PIECE = 262_144
MOST_BYTES = 100 * 1024 * 1024
KEPT = timedelta(days=7)
"""After the end of the job, so that rejected rows can be fetched."""
UNFINISHED_KEPT = timedelta(days=1)
DELETED_AT_ONCE = {chunks.name: 16, rejects.name: 1_000}


class FileSeal:
    """Seals with a key of its own, made from the master key."""

    def __init__(self, master: bytes) -> None:
        self._cipher = AESGCM(HKDF(SHA256(), 32, salt=None, info=b"rainmaker/1/imported files").derive(master))

    def seal(self, import_id: str, position: int, piece: bytes) -> bytes:
        return seal_box(self._cipher, piece, f"import_chunks/{import_id}/{position}")

    def open(self, import_id: str, position: int, data: bytes) -> bytes:
        return open_box(self._cipher, data, f"import_chunks/{import_id}/{position}")


def keep_piece(tx: Tx, import_id: str, position: int, data: bytes) -> None:
    row = {"import_id": import_id, "position": position, "data": data}
    insert_new(tx.session, chunks, [row], returning="import_id")


def sealed_piece(session: Session, import_id: str, position: int) -> bytes | None:
    """None behind the last."""
    here = (chunks.c.import_id == import_id, chunks.c.position == position)
    return session.execute(select(chunks.c.data).where(*here)).scalar_one_or_none()


async def pieces(db: Database, seal: FileSeal, import_id: str) -> AsyncIterator[bytes]:
    """The file, in order. Nothing where it was deleted."""
    position = 0
    while (data := await db.read(sealed_piece, import_id, position)) is not None:
        yield seal.open(import_id, position, data)
        position += 1


async def forget_file(db: Database, import_id: str) -> None:
    """The file, and the places of rejected rows, which say nothing without it."""
    for table, place in ((chunks, chunks.c.position), (rejects, rejects.c.row)):
        while await db.write(_delete_some, table, place, import_id, by=Principal.service(db.service), lane="due"):
            pass


def _delete_some(tx: Tx, table: Table, place: "Column[int]", import_id: str) -> int:
    """A bounded step; how many went."""
    at_once = DELETED_AT_ONCE[table.name]
    some = select(place).where(table.c.import_id == import_id).limit(at_once)
    gone = delete(table).where(table.c.import_id == import_id, place.in_(some))
    return changed(tx.session.execute(gone))
