"""The kinds of problem: one table from which the answers, their pages and the OpenAPI document are made.

A slug is never reused for another meaning: clients compare it.
"""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Kind:
    """What a slug means, and what whoever reads it can do."""

    status: int
    title: str
    meaning: str
    remedy: str


class _Row(NamedTuple):
    slug: str
    status: int
    title: str
    meaning: str
    remedy: str


_AGAIN = "Send the same request again, with the same Idempotency-Key, after the seconds in Retry-After."

_TABLE = [
    _Row(
        "invalid-json",
        400,
        "Not JSON",
        "The body is not JSON as RFC 8259 defines it: broken syntax, NaN or Infinity, a number too large for a double, "
        "bytes that are not UTF-8, or more than 32 levels of nesting.",
        "Serialise the body with a JSON library and send it as UTF-8.",
    ),
    _Row(
        "bad-request",
        400,
        "Bad request",
        "The request could not be read.",
        "Compare it with the description of the operation.",
    ),
    _Row(
        "unauthorized",
        401,
        "Not authorised",
        "There is no bearer token, or it is malformed, expired, or not signed by a key this service trusts.",
        "Get a new token and send it as `Authorization: Bearer <token>`.",
    ),
    _Row(
        "forbidden",
        403,
        "Not allowed",
        "The token is good, but does not carry the scope that the operation needs. The detail names the scope.",
        "Ask for a token that has the scope.",
    ),
    _Row(
        "not-found",
        404,
        "Not found",
        "There is nothing at this address, or nothing that this caller may see.",
        "Check the path and the id in it.",
    ),
    _Row(
        "method-not-allowed",
        405,
        "Method not allowed",
        "The address exists, but not for this method.",
        "Use one of the methods in the Allow header.",
    ),
    _Row(
        "conflict",
        409,
        "Conflict",
        "The request is sound, but what is stored does not allow it. Nothing was changed.",
        "Read the current state, and decide again.",
    ),
    _Row(
        "precondition-failed",
        412,
        "Changed meanwhile",
        "The version in If-Match is not the current one: somebody changed it since it was read.",
        "Read it again, apply the change to what is there now, and send the new ETag.",
    ),
    _Row(
        "body-too-large",
        413,
        "Body too large",
        "The body has more bytes than this operation accepts: 1 MiB, or 8 MiB for a `:batch`.",
        "Send less at a time.",
    ),
    _Row(
        "unsupported-media-type",
        415,
        "Unsupported media type",
        "The operation reads JSON, and the body was declared as something else, or not declared.",
        "Send `Content-Type: application/json`.",
    ),
    _Row(
        "invalid-fields",
        422,
        "Invalid fields",
        "One or more fields could not be accepted, or are not known. `errors` names all of them by JSON pointer. "
        "Nothing was changed.",
        "Correct the named fields.",
    ),
    _Row(
        "idempotency-key-reused",
        422,
        "Idempotency-Key was used with another body",
        "This caller sent this Idempotency-Key to this operation before, with another body, less than 24 hours ago.",
        "Use a new key for a new request; repeat the exact body to repeat a request.",
    ),
    _Row(
        "precondition-required",
        428,
        "If-Match is missing",
        "This change must say which version it is meant for.",
        "Read the resource and send its ETag as If-Match.",
    ),
    _Row(
        "too-many-requests",
        429,
        "Too many requests",
        "This caller sends more than it may.",
        "Wait for the seconds in Retry-After.",
    ),
    _Row(
        "internal",
        500,
        "Internal error",
        "A fault of the service. It is in the log under the request id in `instance`.",
        "Give the request id to whoever runs the service.",
    ),
    _Row(
        "unavailable",
        503,
        "Temporarily unavailable",
        "The service cannot do it now: a queue is full, or a store cannot be reached.",
        _AGAIN,
    ),
    _Row(
        "overloaded",
        503,
        "Temporarily unavailable",
        "More waits than can be done soon. Nothing was changed.",
        _AGAIN,
    ),
    _Row(
        "deadline",
        503,
        "Temporarily unavailable",
        "It did not end in time. Nothing was changed.",
        _AGAIN,
    ),
    _Row(
        "unknown",
        503,
        "Temporarily unavailable",
        "The answer of the store was lost: the change was made, or it was not.",
        f"{_AGAIN} With the key, a change that was made is not made twice.",
    ),
    _Row(
        "busy",
        503,
        "Temporarily unavailable",
        "Others are changing the same data. Nothing was changed.",
        _AGAIN,
    ),
    _Row(
        "storage-full",
        503,
        "Temporarily unavailable",
        "The storage of the service is full. Nothing was changed.",
        "Make room, then send the request again.",
    ),
]

KINDS: dict[str, Kind] = {row.slug: Kind(*row[1:]) for row in _TABLE}


def declare(slug: str, status: int, title: str, meaning: str, remedy: str) -> None:
    """A room's own kind of problem. It gets a page like the others; a slug that is taken is refused."""
    kind = Kind(status, title, meaning, remedy)
    if KINDS.setdefault(slug, kind) != kind:
        raise ValueError(f"the problem {slug!r} is already declared with another meaning; choose another slug")
