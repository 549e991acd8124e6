"""A batch of leads: each row is checked by itself and taken in by the chunk, so that a bad row costs that row only."""

from typing import Annotated

import orjson
from fastapi import Depends

from services.customer_svc.contacts.capture import Captured
from services.customer_svc.contacts.identity import identifiers
from services.customer_svc.contacts.intake import take_in
from services.customer_svc.contacts.leads import LeadIn
from services.customer_svc.contacts.refusals import identity_conflict
from services.customer_svc.contacts.resolving import Arrival
from services.customer_svc.contacts.views import LeadResult
from shared.database import Database, Once
from shared.principal import Principal
from shared.problems import Problem
from shared.vault import Vault
from shared.web import ProblemOut
from shared.web.batches import BatchOf, Rows, by_the_chunk

CHUNK = 200
"""Rows in one unit of work: long enough to be cheap, short enough that a single lead hardly waits behind it."""

LEADS = BatchOf(LeadIn, "leads", {"leads": [{"source": "website", "email": "ada@example.com"}, {"source": "fair"}]})

SentRows = Annotated[Rows[LeadIn], Depends(LEADS.read)]


async def take_in_batch(
    db: Database, vault: Vault, rows: Rows[LeadIn], *, by: Principal, once: Once | None
) -> list[LeadResult]:
    """One result for each row, in order."""

    async def take(places: range, part: Once | None) -> tuple[list[LeadResult], bool]:
        results = await _take_in_chunk(db, vault, rows, places, by, part)
        return results, any(one.contact_id for one in results)

    return await by_the_chunk(len(rows), CHUNK, once, take)


async def _take_in_chunk(
    db: Database, vault: Vault, rows: Rows[LeadIn], places: range, by: Principal, once: Once | None
) -> list[LeadResult]:
    results, arrivals = [], []
    for index in places:
        checked = rows.checked(index)
        if isinstance(checked, Problem):
            results.append(_refused(index, checked))
        else:
            received = orjson.dumps(rows.sent[index])
            arrivals.append(Arrival(index, checked, received, identifiers(checked, vault.lookup)))
    if arrivals:
        results += map(_result, await take_in(db, vault, arrivals, by=by, once=once))
    return sorted(results, key=lambda result: result.index)


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
