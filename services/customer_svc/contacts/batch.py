"""A batch of leads: each row is checked by itself and taken in by the chunk, so that a bad row costs that row only."""

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

import orjson
from fastapi import Depends, Request
from pydantic import ValidationError

from services.customer_svc.contacts.capture import Captured
from services.customer_svc.contacts.identity import identifiers
from services.customer_svc.contacts.intake import take_in
from services.customer_svc.contacts.leads import MOST_LEADS, LeadIn, LeadResult
from services.customer_svc.contacts.refusals import identity_conflict
from services.customer_svc.contacts.resolving import Arrival
from shared.database import Database, Once
from shared.principal import Principal
from shared.problems import FieldError, Problem, invalid_field, invalid_fields
from shared.vault import Vault
from shared.web import ProblemOut, loads, refusal
from shared.web.routes import refuse_other_media

CHUNK = 200
"""Rows in one unit of work: long enough to be cheap, short enough that a single lead hardly waits behind it."""

_IN_A_ROW = re.compile(r"/leads/([0-9]+)(/.*)?")


@dataclass(frozen=True, slots=True)
class Rows:
    """What was sent, and which rows hold text or numbers that nothing could store."""

    sent: list[Any]
    spoiled: dict[int, list[FieldError]] = field(default_factory=dict)


async def read_rows(request: Request) -> Rows:
    """The body of a batch. Raises where it is not one; what is wrong in a row is that row's own affair."""
    refuse_other_media(request)
    raw = await request.body()
    try:
        return Rows(_leads_of(loads(raw)))
    except Problem as problem:
        spoiled = _by_row(problem.errors)
        if problem.slug != "invalid-fields" or not spoiled:
            raise
        return Rows(_leads_of(json.loads(raw)), spoiled)


SentRows = Annotated[Rows, Depends(read_rows)]


def _leads_of(body: Any) -> list[Any]:
    if not isinstance(body, dict):
        raise invalid_field("", "object", 'Expected an object such as {"leads": [...]}.')
    if unknown := body.keys() - {"leads"}:
        raise invalid_field(f"/{min(unknown)[:64]}", "extra_forbidden", "This field is not known here.")
    leads = body.get("leads")
    if not isinstance(leads, list) or not 1 <= len(leads) <= MOST_LEADS:
        raise invalid_field("/leads", "leads", f"Expected a list of 1 to {MOST_LEADS} leads.")
    return leads


def _by_row(errors: Sequence[FieldError]) -> dict[int, list[FieldError]]:
    """The errors by row; empty if any lies outside of the rows."""
    found: defaultdict[int, list[FieldError]] = defaultdict(list)
    for error in errors:
        if not (place := _IN_A_ROW.fullmatch(error.pointer)):
            return {}
        found[int(place[1])].append(error)
    return found


async def take_in_batch(
    db: Database, vault: Vault, rows: Rows, *, by: Principal, once: Once | None
) -> list[LeadResult]:
    """One result for each row, in order. The chunks are committed one after another.

    With an Idempotency-Key each chunk is done once: a batch that was cut off is finished by sending it again.
    """
    results: list[LeadResult] = []
    replayed = []
    for start in range(0, len(rows.sent), CHUNK):
        part = replace(once, key=f"{once.key} {start}") if once else None  # no key of a caller has a blank in it
        taken = await _take_in_chunk(db, vault, rows, start, by, part)
        if part and any(one.contact_id for one in taken):
            replayed.append(part.replayed)
        results += taken
    if once:
        once.replayed = bool(replayed) and all(replayed)
    return results


async def _take_in_chunk(
    db: Database, vault: Vault, rows: Rows, start: int, by: Principal, once: Once | None
) -> list[LeadResult]:
    results, arrivals = [], []
    for index, row in enumerate(rows.sent[start : start + CHUNK], start):
        checked = _checked(index, row, rows.spoiled.get(index))
        if isinstance(checked, Problem):
            results.append(_refused(index, checked))
        else:
            arrivals.append(Arrival(index, checked, orjson.dumps(row), identifiers(checked, vault.lookup)))
    if arrivals:
        results += map(_result, await take_in(db, vault, arrivals, by=by, once=once))
    return sorted(results, key=lambda result: result.index)


def _checked(index: int, row: Any, spoiled: list[FieldError] | None) -> LeadIn | Problem:
    if spoiled:
        return invalid_fields(spoiled)
    if not isinstance(row, dict):
        return invalid_field(f"/leads/{index}", "object", "Expected an object: a lead.")
    try:
        return LeadIn.model_validate(row)
    except ValidationError as error:
        return refusal(error, row, f"/leads/{index}")


def _result(captured: Captured) -> LeadResult:
    if captured.contradicting:
        return _refused(captured.index, identity_conflict(captured.contradicting, f"/leads/{captured.index}"))
    return LeadResult(
        index=captured.index,
        status=201 if captured.created else 200,
        contact_id=captured.contact_id,
        observation_id=captured.observation_id,
    )


def _refused(index: int, problem: Problem) -> LeadResult:
    return LeadResult(index=index, status=problem.status, problem=ProblemOut.of(problem))
