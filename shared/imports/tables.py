"""The tables of imports: the jobs, the files in sealed pieces, and which rows were rejected with what reason.

Of a rejected row only its place and the reason are kept; its text stays in the file and goes with it.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table
from sqlmodel.sql.sqltypes import UTCDateTime

from shared.database.tables import Bytewise, Json

COUNTS = ("rows", "created", "changed", "unchanged", "rejected")


@dataclass(frozen=True)
class ImportTables:
    imports: Table
    chunks: Table
    rejects: Table


def import_tables(metadata: MetaData) -> ImportTables:
    """Add the tables to a service's metadata."""
    return ImportTables(imports=_imports(metadata), chunks=_chunks(metadata), rejects=_rejects(metadata))


def _imports(metadata: MetaData) -> Table:
    """`rows` is the cursor: how many rows of the file are dealt with. It moves in the transaction that stores them."""
    counts = [Column(name, BigInteger, nullable=False, default=0) for name in COUNTS]
    return Table(
        "imports",
        metadata,
        Column("id", Bytewise, primary_key=True),
        Column("kind", String, nullable=False),
        Column("state", String, nullable=False),
        Column("name", String),
        Column("form", Json, nullable=False),
        Column("bytes", BigInteger, nullable=False),
        Column("bytes_read", BigInteger, nullable=False, default=0),
        *counts,
        Column("detail", String, nullable=False, default=""),
        Column("created_by", String, nullable=False),
        Column("created_at", UTCDateTime, nullable=False),
        Column("started_at", UTCDateTime),
        Column("ended_at", UTCDateTime),
        Column("file_until", UTCDateTime),
        Column("version", BigInteger, nullable=False, default=1),
        Index("ix_imports_created_at", "created_at", "id"),
    )


def _chunks(metadata: MetaData) -> Table:
    return Table(
        "import_chunks",
        metadata,
        Column("import_id", Bytewise, primary_key=True),
        Column("position", Integer, primary_key=True, autoincrement=False),
        Column("data", LargeBinary, nullable=False),
    )


def _rejects(metadata: MetaData) -> Table:
    return Table(
        "import_rejects",
        metadata,
        Column("import_id", Bytewise, primary_key=True),
        Column("row", BigInteger, primary_key=True, autoincrement=False),
        Column("line", BigInteger, nullable=False),
        Column("errors", Json, nullable=False),
    )


TABLES = import_tables(MetaData())
"""For statements. A service's own copy, in its own metadata, is what its migrations make."""

imports, chunks, rejects = TABLES.imports, TABLES.chunks, TABLES.rejects
