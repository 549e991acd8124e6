"""The room's own problem: a record whose identifiers belong to different companies."""

from collections.abc import Sequence

from shared.problems import FieldError, Problem, conflict
from shared.web import declare

declare(
    "company-identity-conflict",
    409,
    "Conflict",
    "The record carries identifiers of different companies: the id that its source gave is known of one, its domain of "
    "another. Nothing was stored.",
    "Find out which of the named fields is wrong, and send the record without it.",
)


def contradiction(fields: Sequence[str]) -> Problem:
    return conflict(
        f"{' and '.join(fields)} belong to different companies; nothing was stored.",
        errors=[FieldError(f"/{name}", "other_company", "It names another company.") for name in fields],
        slug="company-identity-conflict",
    )
