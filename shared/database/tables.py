"""The kernel's tables, one set in each service's metadata: what leaves, what entered, what is due, what failed."""

from dataclasses import dataclass

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.sql.sqltypes import UTCDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Json = JSON().with_variant(JSONB(), "postgresql")
Bytewise = String().with_variant(String(collation="C"), "postgresql")
"""Text that sorts by its bytes on both databases: ids, keys."""
_OPEN = text("settled_at IS NULL")
Serial = BigInteger().with_variant(Integer(), "sqlite")  # only INTEGER PRIMARY KEY counts by itself on SQLite


@dataclass(frozen=True)
class KernelTables:
    outbox: Table
    inbox: Table
    due_work: Table
    dead_letters: Table
    idempotency_keys: Table
    api_keys: Table


def kernel_tables(metadata: MetaData) -> KernelTables:
    """Add the kernel's tables to a service's metadata."""
    metadata.naming_convention = NAMING
    return KernelTables(
        outbox=_outbox(metadata),
        inbox=_inbox(metadata),
        due_work=_due_work(metadata),
        dead_letters=_dead_letters(metadata),
        idempotency_keys=_idempotency_keys(metadata),
        api_keys=_api_keys(metadata),
    )


def _outbox(metadata: MetaData) -> Table:
    """Facts that were stated and are not yet on the bus. A published row is deleted: what is here is the backlog."""
    return Table(
        "outbox",
        metadata,
        Column("position", Serial, primary_key=True, autoincrement=True),
        Column("event_id", Bytewise, nullable=False),
        Column("topic", String, nullable=False),
        Column("key", String, nullable=False),
        Column("headers", Text, nullable=False),
        Column("value", LargeBinary, nullable=False),
        Column("recorded_at", UTCDateTime, nullable=False),
        sqlite_autoincrement=True,  # a position is never given twice, even after its row is gone
    )


def _inbox(metadata: MetaData) -> Table:
    """Which events had their effect here."""
    return Table(
        "inbox",
        metadata,
        Column("event_id", Bytewise, primary_key=True),
        Column("handled_at", UTCDateTime, nullable=False),
        Index(None, "handled_at"),
    )


def _due_work(metadata: MetaData) -> Table:
    """Work to be done at a time, outside transactions. `outcome` is null until it is settled."""
    return Table(
        "due_work",
        metadata,
        Column("id", Bytewise, primary_key=True),
        Column("task", String, nullable=False),
        Column("key", String, nullable=False),
        Column("payload", Json, nullable=False),
        Column("due_at", UTCDateTime, nullable=False),
        Column("first_due_at", UTCDateTime, nullable=False),
        Column("attempt", Integer, nullable=False, default=0),
        Column("lease_until", UTCDateTime),
        Column("leased_by", String),
        Column("begun_at", UTCDateTime),
        Column("settled_at", UTCDateTime),
        Column("outcome", String),
        Column("detail", String, nullable=False, default=""),
        Column("traceparent", String),
        Column("cause", String),
        Column("depth", Integer, nullable=False, default=0),
        UniqueConstraint("task", "key"),
        Index("ix_due_work_waiting", "due_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_due_work_settled_at", "settled_at"),
    )


def _dead_letters(metadata: MetaData) -> Table:
    """Facts that could not be handled, as they came, with the reason."""
    return Table(
        "dead_letters",
        metadata,
        Column("id", Bytewise, primary_key=True),
        Column("event_id", String),
        Column("event_type", String),
        Column("topic", String, nullable=False),
        Column("key", String, nullable=False),
        Column("headers", Json, nullable=False),
        Column("value", LargeBinary, nullable=False),
        Column("reason", String, nullable=False),
        Column("tries", Integer, nullable=False),
        Column("recorded_at", UTCDateTime, nullable=False),
        Column("replayed_at", UTCDateTime),
        Column("where", String, nullable=False),
        UniqueConstraint("where"),
    )


def _idempotency_keys(metadata: MetaData) -> Table:
    """What was answered to a request that named a key: ids and status, never its body."""
    return Table(
        "idempotency_keys",
        metadata,
        Column("scope", String, primary_key=True),
        Column("key", String, primary_key=True),
        Column("fingerprint", String, nullable=False),
        Column("result", Text),
        Column("created_at", UTCDateTime, nullable=False),
        Index(None, "created_at"),
    )


def _api_keys(metadata: MetaData) -> Table:
    """Who may ask with a key: hashes, never a secret. One service owns the keys, the others keep what it says of them
    and leave empty what people know them by.
    """
    return Table(
        "api_keys",
        metadata,
        Column("id", Bytewise, primary_key=True),
        Column("version", BigInteger, nullable=False),
        Column("secret_hash", String, nullable=False),
        Column("former_hash", String),
        Column("former_until", UTCDateTime),
        Column("roles", Json, nullable=False),
        Column("scopes", Json, nullable=False),
        Column("made_by", String, nullable=False),
        Column("expires_at", UTCDateTime, nullable=False),
        Column("revoked_at", UTCDateTime),
        Column("last_used_at", UTCDateTime),
        Column("name", String),
        Column("hint", String),
        Column("created_at", UTCDateTime),
        Column("rotated_by", Json),
        UniqueConstraint("secret_hash"),
        Index("ix_api_keys_former_hash", "former_hash"),
    )


KERNEL = kernel_tables(MetaData())
"""For statements. A service's own copy, in its own metadata, is what its migrations make."""
