"""Why a yes or no was not taken: one kind of problem each, so that whoever decides knows what to do next."""

from datetime import datetime

from shared.problems import Problem
from shared.types import zulu
from shared.web import declare

_READ_AGAIN = "Read the approval again, and decide on what is there now."

declare(
    "own-proposal",
    403,
    "Not your own proposal",
    "An approval is never decided by who proposed it.",
    "Ask somebody else to decide.",
)
declare(
    "not-a-person",
    403,
    "Only a person decides",
    "An approval is a person's word; the caller is a service.",
    "Decide with the token of a person.",
)
declare(
    "already-decided",
    409,
    "Already decided",
    "The approval no longer waits: somebody decided it, its time is over, or a newer suggestion took its place.",
    _READ_AGAIN,
)
declare(
    "other-content",
    409,
    "Not what is proposed",
    "The content_hash is not that of the approval: what was seen is not what would be decided.",
    _READ_AGAIN,
)
declare(
    "stale-approval",
    409,
    "The budget changed meanwhile",
    "The proposal was made for a budget that is no longer in force, so its yes would undo what came after.",
    "Reject it, and propose the change again on the budget of today.",
)


def own_proposal() -> Problem:
    return Problem(403, "own-proposal", "Not your own proposal", "You proposed this; somebody else has to decide it.")


def not_a_person() -> Problem:
    return Problem(403, "not-a-person", "Only a person decides", "An approval is decided by a person, not a service.")


def already_decided(state: str, by: str | None) -> Problem:
    who = f" by {by}" if by else ""
    return Problem(409, "already-decided", "Already decided", f"This approval is {state}{who}; it no longer waits.")


def expired(at: datetime) -> Problem:
    return Problem(409, "already-decided", "Already decided", f"This approval expired at {zulu(at)}.")


def other_content() -> Problem:
    detail = "The content_hash is not that of this approval; read it again and decide on what it says."
    return Problem(409, "other-content", "Not what is proposed", detail)


def stale(expected: int, current: int) -> Problem:
    detail = f"It was proposed for version {expected} of the budget, which is now at version {current}."
    return Problem(409, "stale-approval", "The budget changed meanwhile", detail)
