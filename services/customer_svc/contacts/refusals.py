"""The room's own problem: a lead whose identifiers belong to different people."""

from collections.abc import Sequence

from shared.problems import FieldError, Problem, conflict
from shared.web import declare

declare(
    "identity-conflict",
    409,
    "Conflict",
    "The lead carries identifiers of different people: its e-mail address is known of one, its external id of another. "
    "Nothing was stored.",
    "Find out which of the named fields is wrong, and send the lead without it.",
)


def identity_conflict(fields: Sequence[str], at: str = "") -> Problem:
    """`at` is the pointer of the lead in the request."""
    named = " and ".join(fields)
    return conflict(
        f"{named} belong to different people; nothing was stored.",
        errors=[
            FieldError(f"{at}/{name}", "other_contact", f"Of {named}, each names another person.") for name in fields
        ],
        slug="identity-conflict",
    )
