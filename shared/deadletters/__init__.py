"""Facts that could not be handled: kept as they came, with the reason, until a person has mended the cause."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import Row, func, select, update
from sqlmodel import Session

from shared.bus import Message, Record
from shared.database import Tx
from shared.database.sql import changed, insert_new
from shared.database.tables import KERNEL
from shared.ids import new_id
from shared.problems import conflict, not_found

letters = KERNEL.dead_letters

MOST_OF_AN_ID = 255
"""Characters of what a sender calls an id or a type: PostgreSQL indexes no text of several kilobytes."""

REPLAYED = "It was replayed already, which is not done twice."


@dataclass(frozen=True, slots=True)
class Letter:
    """`where` is topic/partition/offset/event: the same record is set aside once, however often it is read, and the
    first of a log that was made anew is not taken for an old one.
    """

    id: str
    message: Message
    event_id: str | None
    event_type: str | None
    reason: str
    tries: int
    recorded_at: datetime
    replayed_at: datetime | None
    where: str


class Named(Protocol):
    """What was read of it before it failed."""

    @property
    def id(self) -> str: ...
    @property
    def TYPE(self) -> str: ...  # noqa: N802 - as events spell it


def set_aside(tx: Tx, record: Record, entry: Named | None, reason: str, tries: int) -> None:
    """Any record can be: one that could not would be read again for ever, and nothing behind it."""
    message = record.message
    headers = {_kept(name): _kept(value) for name, value in message.headers.items()}
    event_id, event_type = (headers.get(name, "")[:MOST_OF_AN_ID] for name in ("ce_id", "ce_type"))
    row = {
        "id": new_id("dlq"),
        "event_id": entry.id if entry else event_id or None,
        "event_type": entry.TYPE if entry else event_type or None,
        "topic": message.topic,
        "key": _kept(message.key),
        "headers": headers,
        "value": message.value,
        "reason": _kept(reason),
        "tries": tries,
        "recorded_at": tx.now,
        "where": f"{message.topic}/{record.partition}/{record.offset}/{event_id}",
    }
    insert_new(tx.session, letters, [row], returning="id")


def _kept(text: str) -> str:
    """PostgreSQL has no NUL in a text."""
    return text.replace("\0", "\ufffd")


def to_replay(session: Session, letter_id: str) -> Letter:
    """Raises Problem 409 for one that was replayed: in time the inbox forgets it, and would do everything again."""
    letter = show(session, letter_id)
    if letter.replayed_at is not None:
        raise conflict(REPLAYED)
    return letter


def mark_replayed(tx: Tx, letter_id: str) -> None:
    """Raises Problem 409 where somebody else replayed it meanwhile."""
    waiting = update(letters).where(letters.c.id == letter_id, letters.c.replayed_at.is_(None))
    if not changed(tx.session.execute(waiting.values(replayed_at=tx.now))):
        raise conflict(REPLAYED)


def list_letters(session: Session, limit: int = 50) -> list[Letter]:
    """Those that nobody has replayed yet, oldest first."""
    unplayed = select(letters).where(letters.c.replayed_at.is_(None)).order_by(letters.c.id).limit(limit)
    return [_letter(row) for row in session.execute(unplayed)]


def show(session: Session, letter_id: str) -> Letter:
    row = session.execute(select(letters).where(letters.c.id == letter_id)).one_or_none()
    if row is None:
        raise not_found("dead letter")
    return _letter(row)


def count(session: Session) -> int:
    """How many wait for a person."""
    waiting = select(func.count()).select_from(letters).where(letters.c.replayed_at.is_(None))
    return int(session.execute(waiting).scalar_one())


def _letter(row: Row[tuple[object, ...]]) -> Letter:
    message = Message(row.topic, row.key, bytes(row.value), dict(row.headers))
    return Letter(
        row.id,
        message,
        row.event_id,
        row.event_type,
        row.reason,
        row.tries,
        row.recorded_at,
        row.replayed_at,
        row.where,
    )
