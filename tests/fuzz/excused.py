"""What Schemathesis takes for a fault and is none, each with its reason; everything else it finds is one.

Named as `hooks` in schemathesis.toml, which switches off the checks that these stand for.
"""

from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, Response
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import RejectedPositiveData
from schemathesis.specs.openapi import checks

NO_SCHEMA_SAYS = {
    "cursor": "a cursor is sealed: only a page gives out one that is good",
    "currency": "one of the codes of ISO 4217, which change",
    "country": "a code or an English name of a country",
    "language": "a tag of BCP 47",
    "time_zone": "a name of the tz database",
    "rfc3339": "a day that exists: February has no 30th",
    "email": "a domain that could receive mail",
    "phone": "a number that could be dialled",
    "unknown_kind": "the kinds of files are listed at /v1/import-kinds",
    "delimiter": "one character that parts, or a name of one",
    "group_by": "names that differ",
    "grades": "A begins above B",
    "paging": "a CSV file has no place for a cursor",
    "unknown_endpoint": "a journey may name only what is stored",
    "unknown_template": "a journey may name only what is stored",
    "address": "an address of a public host, where the system is not a local one",
    "future": "a time that has come, give or take a day",
    "out_of_range": "in the future, and not too far",
    "one_of": "one of two parameters, and OpenAPI knows no rule about two",
}
"""Codes of field errors that a request may meet though its document allows it: rules beyond JSON Schema."""

BY_WHAT_IS_STORED = {
    "precondition-failed": "the version is what was stored, and not what was guessed",
    "idempotency-key-reused": "the example of a key is one key, sent with many bodies",
}


NOT_HTTP = b"Invalid HTTP request received."
"""What uvicorn says of a request line that is too long, before there is a request that the service could see."""


@schemathesis.check
def sound_requests_are_taken(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    try:
        checks.positive_data_acceptance(ctx, response, case)
    except RejectedPositiveData:
        problem = _problem(response)
        codes = {one["code"] for one in problem.get("errors", ())}
        if _slug(problem) in BY_WHAT_IS_STORED or (codes and codes <= NO_SCHEMA_SAYS.keys()):
            return
        raise


@schemathesis.check
def unsound_requests_are_refused(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    try:
        checks.negative_data_rejection(ctx, response, case)
    except AcceptedNegativeData:
        if _slug(_problem(response)) in BY_WHAT_IS_STORED or _refused_a_row(response):
            return
        raise


@schemathesis.check
def answers_are_of_a_documented_type(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    if response.content != NOT_HTTP:
        checks.content_type_conformance(ctx, response, case)


def _refused_a_row(response: Response) -> bool:
    """A batch is answered row by row: 200, and a problem at each row that was not taken."""
    body = _json(response)
    rows = body.get("results", ()) if isinstance(body, dict) else ()
    return any(row.get("problem") for row in rows)


def _problem(response: Response) -> dict[str, Any]:
    body = _json(response)
    return body if isinstance(body, dict) else {}


def _slug(problem: dict[str, Any]) -> str:
    return str(problem.get("type", "")).rpartition("/")[2]


def _json(response: Response) -> Any:
    return response.json() if "json" in response.headers.get("content-type", [""])[0] else None
