"""`ETag` and `If-Match`: a change says which version it was decided on, and nobody undoes another's unseen."""

import re
from typing import Annotated

from fastapi import Depends, Header, Response

from shared.problems import Problem, invalid_field

_VERSION = re.compile(r'"([0-9]{1,18})"')


async def _expected(
    if_match: Annotated[
        str | None, Header(alias="If-Match", description="The `ETag` that was read.", examples=['"3"'])
    ] = None,
) -> int | None:
    if if_match is None:
        return None
    found = _VERSION.fullmatch(if_match.strip())
    if not found:
        raise invalid_field("/header/If-Match", "malformed", 'Expected one version in quotes, such as "3".')
    return int(found[1])


IfMatch = Annotated[int | None, Depends(_expected)]
"""The expected version, or None where the header is absent."""


def etag(response: Response, version: int) -> None:
    response.headers["ETag"] = f'"{version}"'


def require_match(expected: int | None, current: int) -> None:
    """In the unit of work, after the row was locked. Raises 428 without, 412 with another version."""
    if expected is None:
        raise Problem(428, "precondition-required", "If-Match is missing", "Send the ETag that was read as If-Match.")
    refuse_stale(expected, current)


def refuse_stale(expected: int | None, current: int) -> None:
    """As `require_match`, where the header is optional."""
    if expected is not None and expected != current:
        raise Problem(
            412,
            "precondition-failed",
            "Changed meanwhile",
            "The version in If-Match is not the current one; read it again and decide again.",
            headers={"ETag": f'"{current}"'},
        )
