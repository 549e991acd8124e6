"""API keys: a secret of 256 random bits that its holder shows, of which only a hash is kept.

Nobody searches 256 bits, so a plain SHA-256 keeps them as well as a slow hash keeps a password, and costs a microsecond
instead of a tenth of a second with every request. The prefix and the checksum are for programs that look for leaked
secrets, and for typing errors: what does not add up is refused without a look at the database.
"""

import hashlib
import secrets
import string
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, or_, select, update
from sqlmodel import Session

from shared.database import Tx
from shared.database.sql import changed, upsert_newer
from shared.database.tables import KERNEL
from shared.events import Event
from shared.problems import Unauthorized

PREFIX = "rmk_"
HINT = len(PREFIX) + 4
"""So much of a secret is kept and shown, for people to recognise it by."""
USED_EVERY = timedelta(hours=1)
"""`last_used_at` is true to the hour: a row is not written with every request."""

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_DIGITS, _CHECKED = 43, 6

api_keys = KERNEL.api_keys
_SECRETS = ("secret_hash", "former_hash", "former_until", "expires_at", "revoked_at")
_SHARED = (*_SECRETS, "roles", "scopes", "made_by", "rotated_by")


def new_secret() -> str:
    """`rmk_`, 43 characters for 256 bits, 6 for their CRC-32."""
    body = _base62(secrets.randbits(256), _DIGITS)
    return PREFIX + body + _checksum(body)


def is_secret(text: str) -> bool:
    """Whether this may be one of ours, before anybody looks for it."""
    body, checksum = text[len(PREFIX) : -_CHECKED], text[-_CHECKED:]
    return text.startswith(PREFIX) and len(body) == _DIGITS and text.isascii() and checksum == _checksum(body)


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def holder(session: Session, hashed: str, now: datetime) -> Row[Any]:
    """The key with this secret. Raises `Unauthorized` for one that is not known, or no longer good."""
    same = or_(api_keys.c.secret_hash == hashed, api_keys.c.former_hash == hashed)
    found = session.execute(select(api_keys).where(same)).first()
    if found is None:
        raise Unauthorized("This API key is not known here.")
    if found.revoked_at is not None:
        raise Unauthorized("This API key has been revoked.")
    if found.expires_at <= now:
        raise Unauthorized("This API key has expired; rotate it.")
    if found.secret_hash != hashed and (found.former_until is None or found.former_until <= now):
        raise Unauthorized("This API key has been rotated; use the new secret.")
    return found


def is_stale(key: Row[Any], now: datetime) -> bool:
    """Whether it is time to write down that it is used."""
    return key.last_used_at is None or key.last_used_at <= now - USED_EVERY


def mark_used(tx: Tx, key_id: str, fact: type[Event] | None) -> None:
    """Of several at once one writes, and states `fact`, which tells the owner of the keys."""
    stale = or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at <= tx.now - USED_EVERY)
    noted = update(api_keys).where(api_keys.c.id == key_id, stale).values(last_used_at=tx.now)
    if changed(tx.session.execute(noted)) and fact is not None:
        hour = int(tx.now.timestamp() // USED_EVERY.total_seconds())
        tx.emit(fact(key_id=key_id, sequence=hour, occurred_at=tx.now))


def keep_newest(tx: Tx, facts: Sequence[Event]) -> None:
    """For a service that does not own the keys: what their owner says of them, never what is older."""
    rows = [
        {"id": fact.subject, "version": fact.sequence} | {name: getattr(fact, name) for name in _SHARED}
        for fact in facts
    ]
    upsert_newer(tx.session, api_keys, rows, key="id", version="version")


def holders_of(session: Session, subject: str) -> set[str]:
    """Who was ever shown a secret of the key that acts as this subject: what a key does, they may have done."""
    kind, _, key_id = subject.partition(":")
    held = select(api_keys.c.made_by, api_keys.c.rotated_by).where(api_keys.c.id == key_id)
    found = session.execute(held).first() if kind == "key" else None
    return {found.made_by, *(found.rotated_by or ())} if found else set()


def _checksum(body: str) -> str:
    return _base62(zlib.crc32((PREFIX + body).encode()), _CHECKED)


def _base62(number: int, digits: int) -> str:
    found = ""
    for _ in range(digits):
        number, digit = divmod(number, 62)
        found = _ALPHABET[digit] + found
    return found
