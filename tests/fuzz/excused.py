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
    "phone_region": "a national number comes with its region, and OpenAPI generators know no rule about two fields",
    "source_missing": "an id comes with the source that gave it: two fields",
    "search": "by an address, or a number, or a source and its id: several fields",
    "one_source": "from one place, and not from two: several fields",
    "missing /query/map": "the columns of a file are in the file",
    "unknown_kind": "the kinds of files are listed at /v1/import-kinds",
    "grades": "A begins above B",
    "integer_too_large": "2**63, which whoever counts in doubles takes for 2**63 - 1",
    "unstorable_name": "a name without half of a surrogate pair, of which no pattern can speak",
    "empty_group": "only the root of a condition may be empty",
    "condition_value": "a list in a condition has one kind of thing in it",
    "amount": "as many decimals as are kept",
    "unknown": "one of the encodings there are",
    "unknown_field": "a condition names what the catalogue has",
    "unknown_column": "a mapping names what the file has",
    "no_measure": "at least one of several fields",
    "domain": "a domain that could be registered",
    "pair": "two parameters that go together",
    "decimal_parsing": "a number: the pattern of decimals is a little wider",
    "operator": "an operator that the field of a condition has",
    "kind_of_entry": "an e-mail goes to a contact, and some journeys are about none: two fields",
    "liquid": "a template that can be parsed",
    "unknown_variable": "a template asks for what its message has",
    "reserved_name": "a dimension that is not called as a field is",
    "empty": "a file has rows, and a body of text may have none",
    "reserved_header": "a name that no header of ours has, in whatever case, and each once",
    "days_at_once": "the query says which days: two fields",
    "action_names": "no two actions of a journey have one name",
    "date_format": "a format of which a day comes back as it went in",
    "scale": "a factor that is a number, for a field that is one",
    "given_twice": "a field comes from a column or is a constant, not both: two parameters",
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


@schemathesis.check
def sound_requests_are_taken(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    try:
        checks.positive_data_acceptance(ctx, response, case)
    except RejectedPositiveData:
        if _lost_its_quotes(case) or _excused(_problem(response)):
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


def _excused(problem: dict[str, Any]) -> bool:
    errors = problem.get("errors", ())
    known = all({one["code"], f"{one['code']} {_above(one['pointer'])}"} & NO_SCHEMA_SAYS.keys() for one in errors)
    return _slug(problem) in BY_WHAT_IS_STORED or (bool(errors) and known)


def _above(pointer: str) -> str:
    return pointer.rpartition("/")[0]


def _lost_its_quotes(case: Case[Any]) -> bool:
    """Where `If-Match` may be left out, Schemathesis takes its quotes for those of JSON, and sends what it calls sound
    without them."""
    return str(dict(case.headers or {}).get("If-Match")).isdigit()


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
