"""Leads out of files: each is taken in as `POST /v1/leads` would, and is an observation of its own."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from services.customer_svc.contacts.capture import Captured, capture
from services.customer_svc.contacts.identity import identifiers
from services.customer_svc.contacts.intake import take_in
from services.customer_svc.contacts.people import find
from services.customer_svc.contacts.resolving import Arrival, Contradiction, lookups_of, resolve
from services.customer_svc.contacts.sealing import SealedPerson
from services.customer_svc.imports.lead_rows import LEAD_ROWS, LeadRow
from shared.database import Tx
from shared.imports.kinds import Fate, Kind, Outcome, Outside, Rejected, Unit
from shared.principal import Principal
from shared.problems import FieldError
from shared.runtime import Runtime
from shared.vault import Vault


async def _preview(runtime: Runtime, rows: Sequence[LeadRow]) -> list[Outcome]:
    arrivals = _arrivals(runtime, rows)
    people, contradictions = resolve(arrivals, await runtime.db.read(_found, lookups_of(arrivals)))
    fates: dict[int, Outcome] = {one.index: _contradiction(one.fields) for one in contradictions}
    for person in people:
        for number, arrival in enumerate(person.arrivals):
            fates[arrival.index] = Fate.CREATED if person.known is None and number == 0 else Fate.CHANGED
    return [fates[place] for place in range(len(rows))]


def _found(session: Session, lookups: Sequence[str]) -> Any:
    return find(session, lookups)


async def _store(runtime: Runtime, by: Principal, rows: Sequence[LeadRow], unit: Unit) -> None:
    def captured(tx: Tx, people: Sequence[SealedPerson], contradictions: Sequence[Contradiction]) -> list[Captured]:
        results: list[Captured] = []

        def store(tx: Tx) -> list[Outcome]:
            results.extend(capture(tx, people, contradictions))
            return [_outcome(one) for one in results]

        unit(tx, store)
        return results

    results = await take_in(runtime.db, _vault(runtime), _arrivals(runtime, rows), by=by, unit=captured)
    if not any(one.contact_id for one in results):  # nobody is to be written, and still these rows are dealt with
        await runtime.db.write(unit, lambda _: [_outcome(one) for one in results], by=by)


def _arrivals(runtime: Runtime, rows: Sequence[LeadRow]) -> list[Arrival]:
    hashed = _vault(runtime).lookup
    return [Arrival(place, row, row.received, identifiers(row, hashed)) for place, row in enumerate(rows)]


def _vault(runtime: Runtime) -> Vault:
    assert runtime.vault is not None  # noqa: S101 - customer_svc has one
    return runtime.vault


def _outcome(captured: Captured) -> Outcome:
    if captured.contradicting:
        return _contradiction(captured.contradicting)
    return Fate.CREATED if captured.created else Fate.CHANGED


def _contradiction(fields: Sequence[str]) -> Rejected:
    detail = "It names another person than the other identifier."
    return Rejected(tuple(FieldError(f"/{name}", "other_contact", detail) for name in fields))


LEADS = Kind(
    LEAD_ROWS,
    scope="leads:write",
    about="Leads, each as if it were posted: known people are found by e-mail, or by source and external id. The same "
    "file again is another observation of each.",
    outside=Outside(_preview, _store),
    example="source,email,first_name,consent\nfair,ada@example.com,Ada,marketing:email\n",
)
