"""Idempotency-Key inside the unit of work: the answer is stored with the change, so both are there or neither is.

Stored are ids and status, as JSON of what the unit returned; never the body, of which only a keyed hash is compared.
"""

import functools
from collections.abc import Callable
from datetime import timedelta
from typing import Any, get_type_hints

from pydantic import TypeAdapter
from sqlalchemy import delete, select, update

from shared.database.sql import insert_new
from shared.database.tables import KERNEL
from shared.database.tx import Once, Tx
from shared.problems import FieldError, Problem

KEPT = timedelta(hours=24)

keys = KERNEL.idempotency_keys


def stored_result(tx: Tx, once: Once, fn: Callable[..., Any]) -> tuple[bool, Any]:
    """(True, result) if this key was answered before; else the key is claimed until the transaction ends.

    Raises Problem 422 if the key came with another body. The insert, not a select, decides between two at once.
    """
    row = {"scope": once.scope, "key": once.key, "fingerprint": once.fingerprint, "created_at": tx.now}
    if insert_new(tx.session, keys, [row], returning="key"):
        return False, None
    stored = tx.session.execute(select(keys).where(*_this(once))).one_or_none()
    if stored is None or stored.created_at < tx.now - KEPT:  # None: housekeeping was quicker
        tx.session.execute(delete(keys).where(*_this(once)))
        return stored_result(tx, once, fn)
    if stored.fingerprint != once.fingerprint:
        raise Problem(
            422,
            "idempotency-key-reused",
            "Idempotency-Key was used with another body",
            errors=[FieldError("/header/Idempotency-Key", "reused", "Send a new key with a new body.")],
        )
    return True, _shape(fn).validate_json(stored.result)


def remember(tx: Tx, once: Once, fn: Callable[..., Any], result: Any) -> None:
    tx.session.execute(update(keys).where(*_this(once)).values(result=_shape(fn).dump_json(result).decode()))


def _this(once: Once) -> tuple[Any, Any]:
    return keys.c.scope == once.scope, keys.c.key == once.key


@functools.cache
def _shape(fn: Callable[..., Any]) -> TypeAdapter[Any]:
    """What the unit says it returns is what is stored and rebuilt."""
    return TypeAdapter(get_type_hints(fn)["return"])
