"""Trouble of the machine, told apart from faults of the request: what may pass by itself, and what callers are told."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import httpx
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.bus import BusUnavailable
from shared.problems import Problem, unavailable

T = TypeVar("T")

PASSING = (OperationalError, InterfaceError, PoolTimeout, BusUnavailable, httpx.TransportError, TimeoutError, OSError)
"""Trouble of the database, the bus or a network peer: wait and try again, never set an event aside for it."""
FULL = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE, "53100"})
"""What SQLite, and PostgreSQL by its SQLSTATE, say when there is no room left."""
CUT = frozenset({sqlite3.SQLITE_INTERRUPT, "57014"})
"""A statement was ended at its deadline."""
CROWDED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, "55P03", "40P01", "40001"})
"""Somebody else holds a lock, or the other one of two that waited for each other went first."""
STOOD_STILL = "25P03"
"""PostgreSQL has ended a session that did nothing within a transaction for too long; psycopg calls that internal."""


def may_pass(error: BaseException) -> bool:
    if isinstance(error, Problem):
        return error.status == 503
    if _stood_still(error):
        return True
    if _is_nonsense(error):
        return False
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, (*PASSING, asyncio.CancelledError))


def translated(fn: Callable[..., T], *args: Any) -> T:
    """Call `fn`; trouble of the database becomes a Problem 503 that says which kind, without the statement's values."""
    try:
        return fn(*args)
    except (OperationalError, InterfaceError, InternalError, PoolTimeout) as error:
        raise as_problem(error) from error


def as_problem(error: BaseException) -> BaseException:
    """What the caller of a unit of work is told."""
    if isinstance(error, StopIteration):  # a future refuses it
        return RuntimeError("A unit of work raised StopIteration: it asked for the next of nothing.")
    if _stood_still(error):
        return unavailable("This process stood still for too long; nothing was changed.", slug="deadline")
    if not isinstance(error, OperationalError | InterfaceError | PoolTimeout) or _is_nonsense(error):
        return error
    if is_full(error):
        return storage_full()
    if not CUT.isdisjoint(_codes(error)):
        return unavailable("It did not end in time; nothing was changed.", slug="deadline")
    if not CROWDED.isdisjoint(_codes(error)):
        return unavailable("Others are changing the same data; nothing was changed.", slug="busy")
    return unavailable("The database cannot be reached; nothing was changed.", retry_after=5)


def is_full(error: BaseException) -> bool:
    """There is no room. What was tried is undone as a whole, whoever tries it."""
    return not FULL.isdisjoint(_codes(error))


def storage_full() -> Problem:
    return unavailable("The storage of the service is full; nothing was changed.", slug="storage-full", retry_after=30)


def _stood_still(error: BaseException) -> bool:
    return STOOD_STILL in _codes(error)


def _codes(error: BaseException) -> Iterator[str | int]:
    """What the driver says: words would be in the language of the server. SQLite's codes, and the kinds they are of."""
    cause = getattr(error, "orig", error)
    if (code := getattr(cause, "sqlite_errorcode", None)) is not None:
        yield from (code, code & 0xFF)
    if (state := getattr(cause, "sqlstate", None)) is not None:
        yield state


def _is_nonsense(error: BaseException) -> bool:
    """No waiting mends it, though the drivers call it operational: SQLite's "no such table" or "malformed JSON", and
    what is too long or too complex for PostgreSQL (class 54).
    """
    cause = getattr(error, "orig", None)
    return getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR or (
        getattr(cause, "sqlstate", None) or ""
    ).startswith("54")


def is_definite(error: BaseException) -> bool:
    """True for a failure of COMMIT that can only mean that nothing was written.

    A full disk is one: SQLite has written the last page of the transaction in part or not at all, so that even after a
    crash its checksum does not hold; and PostgreSQL has answered that it aborted.
    """
    return isinstance(error, IntegrityError) or is_full(error)
