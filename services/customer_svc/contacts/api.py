"""Leads in, one or a thousand at a time; contacts out, found and edited."""

from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response

from services.customer_svc.contacts.batch import LEADS, SentRows, take_in_batch
from services.customer_svc.contacts.editing import edit_contact
from services.customer_svc.contacts.identity import identifiers
from services.customer_svc.contacts.intake import take_in
from services.customer_svc.contacts.leads import Code, LeadIn
from services.customer_svc.contacts.people import ContactId, known_or_404
from services.customer_svc.contacts.reading import ORDER, listed, searched, shown
from services.customer_svc.contacts.refusals import identity_conflict
from services.customer_svc.contacts.resolving import Arrival
from services.customer_svc.contacts.vaulted import PersonVault
from services.customer_svc.contacts.views import ContactOut, ContactPatch, FoundOut, LeadOut, LeadResults, SearchIn
from shared.contracts.analytics import Grade
from shared.contracts.customer import Stage
from shared.principal import Principal
from shared.types import Country, Utc
from shared.web import Db, IdempotencyKey, IfMatch, Page, Paging, Router, allowed, errors, etag

router = Router()

MayWriteLeads = Annotated[Principal, allowed("leads:write")]
MayRead = Annotated[Principal, allowed("contacts:read")]
MayWrite = Annotated[Principal, allowed("contacts:write")]

KNOWN: dict[int | str, dict[str, Any]] = {
    200: {"model": LeadOut, "description": "One more observation of somebody who was known."}
}


async def _received(request: Request) -> bytes:
    return await request.body()


@router.post("/v1/leads", status_code=201, responses=KNOWN | errors(409), tags=["leads"])
async def capture_lead(
    lead: LeadIn,
    received: Annotated[bytes, Depends(_received)],
    response: Response,
    db: Db,
    vault: PersonVault,
    once: IdempotencyKey,
    by: MayWriteLeads,
) -> LeadOut:
    """Take in a lead. 201: somebody new; 200: one more observation of somebody who was known."""
    arrival = Arrival(0, lead, received, identifiers(lead, vault.lookup))
    [captured] = await take_in(db, vault, [arrival], by=by, once=once)
    if captured.contradicting:
        raise identity_conflict(captured.contradicting)
    response.status_code = 201 if captured.created else 200
    response.headers["Location"] = f"/v1/contacts/{captured.contact_id}"
    return LeadOut.model_validate(captured, from_attributes=True)


@router.post("/v1/leads:batch", openapi_extra=LEADS.openapi, tags=["leads"])
async def capture_leads(
    by: MayWriteLeads, rows: SentRows, db: Db, vault: PersonVault, once: IdempotencyKey
) -> LeadResults:
    """Take in up to 1,000 leads. Each is checked by itself; one that is refused costs the others nothing."""
    return LeadResults(results=await take_in_batch(db, vault, rows, by=by, once=once))


@router.get("/v1/contacts", tags=["contacts"])
async def list_contacts(
    asked: Annotated[Paging, ORDER.asked()],
    db: Db,
    vault: PersonVault,
    _: MayRead,
    stage: Stage | None = None,
    source: Annotated[Code | None, Query(description="Where the first observation came from.")] = None,
    country: Country | None = None,
    grade: Grade | None = None,
    updated_after: Utc | None = None,
) -> Page[ContactOut]:
    """Known persons, the most recently changed first."""
    filters = {"stage": stage, "source": source, "country": country, "grade": grade, "updated_after": updated_after}
    return await listed(db, vault, asked, filters)


@router.post("/v1/contacts/search", tags=["contacts"])
async def search_contacts(wanted: SearchIn, db: Db, vault: PersonVault, _: MayRead) -> FoundOut:
    """Whom an e-mail address, a phone number, or the id that a source gave names."""
    return FoundOut(items=await searched(db, vault, wanted))


@router.get("/v1/contacts/{contact_id}", tags=["contacts"])
async def read_contact(contact_id: ContactId, response: Response, db: Db, vault: PersonVault, _: MayRead) -> ContactOut:
    """A person as known now, with the newest score."""
    contact = await db.read(known_or_404, contact_id)
    etag(response, contact.version)
    return (await shown(vault, [contact]))[0]


@router.patch("/v1/contacts/{contact_id}", responses=errors(409), tags=["contacts"])
async def change_contact(
    contact_id: ContactId,
    patch: ContactPatch,
    expected: IfMatch,
    response: Response,
    db: Db,
    vault: PersonVault,
    by: MayWrite,
) -> ContactOut:
    """Edit what is known of a person. Absent: keep; null: clear."""
    await edit_contact(db, vault, contact_id, patch, expected, by)
    return await read_contact(contact_id, response, db, vault, by)
