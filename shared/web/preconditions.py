"""`ETag` and `If-Match`: a change says which version it was decided on, and nobody undoes another's unseen."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Protocol, TypeVar

from fastapi import Depends, Header, Response
from pydantic import WithJsonSchema

from shared.problems import Problem, invalid_field


class Versioned(Protocol):
    @property
    def version(self) -> int: ...


Shown = TypeVar("Shown", bound=Versioned)

_VERSION = re.compile(r'"([0-9]{1,18})"')
_SCHEMA = WithJsonSchema({"type": "string", "pattern": f"^{_VERSION.pattern}$", "examples": ['"3"']})


async def _expected(
    if_match: Annotated[str, _SCHEMA, Header(alias="If-Match", description="The `ETag` that was read.")],
) -> int:
    found = _VERSION.fullmatch(if_match.strip())
    if not found:
        raise invalid_field("/header/If-Match", "malformed", 'Expected one version in quotes, such as "3".')
    return int(found[1])


async def _expected_if_sent(
    if_match: Annotated[
        str | None, _SCHEMA, Header(alias="If-Match", description="The `ETag` that was read, to be sure.")
    ] = None,
) -> int | None:
    return None if if_match is None else await _expected(if_match)


IfMatch = Annotated[int, Depends(_expected)]
"""The expected version. Without the header the answer is 428."""

MayMatch = Annotated[int | None, Depends(_expected_if_sent)]
"""The expected version, or None where the header is absent: for a verb that the state refuses a second time."""


def lacks_version(errors: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a request was refused for want of If-Match, which has an answer of its own."""
    return any(one["loc"] == ("header", "If-Match") and one["type"] == "missing" for one in errors)


def version_needed() -> Problem:
    return Problem(428, "precondition-required", "If-Match is missing", "Send the ETag that was read as If-Match.")


def etag(response: Response, version: int) -> None:
    response.headers["ETag"] = f'"{version}"'


def tagged(response: Response, shown: Shown) -> Shown:
    """The answer, with its version as `ETag`."""
    etag(response, shown.version)
    return shown


def refuse_stale(expected: int | None, current: int) -> None:
    """In the unit of work, after the row was locked. Raises 412 with another version."""
    if expected is not None and expected != current:
        raise Problem(
            412,
            "precondition-failed",
            "Changed meanwhile",
            "The version in If-Match is not the current one; read it again and decide again.",
            headers={"ETag": f'"{current}"'},
        )
