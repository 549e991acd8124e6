"""The room's own problem: an API key that would make or rotate API keys."""

from shared.problems import Problem
from shared.web import declare

declare(
    "not-for-keys",
    403,
    "Not for API keys",
    "An API key neither makes nor rotates API keys: revoking it leaves none behind that it made.",
    "Ask with the token of a person or a service.",
)


def not_for_keys() -> Problem:
    return Problem(
        403, "not-for-keys", "Not for API keys", "An API key cannot make or rotate API keys; ask with a token."
    )
