"""Consent over HTTP: what a person allows, and who may therefore be written to."""

from typing import Annotated

from fastapi import Response

from services.customer_svc.consent.keeping import put_consent, shown_consents
from services.customer_svc.consent.models import ConsentIn, ConsentsOut, RecipientOut, RecipientsIn
from services.customer_svc.consent.recipients import recipients
from services.customer_svc.contacts.people import ContactId
from services.customer_svc.contacts.vaulted import PersonVault
from shared.database import Database
from shared.principal import Principal
from shared.web import Db, IfMatch, Router, allowed, etag

router = Router(tags=["consent"])

MayRead = Annotated[Principal, allowed("contacts:read")]
MayWrite = Annotated[Principal, allowed("contacts:write")]
MayAskRecipients = Annotated[Principal, allowed("recipients:read")]


@router.get("/v1/contacts/{contact_id}/consent")
async def read_consent(contact_id: ContactId, response: Response, db: Db, _: MayRead) -> ConsentsOut:
    """What this person allows and refuses."""
    return await _shown(db, contact_id, response)


@router.put("/v1/contacts/{contact_id}/consent")
async def change_consent(
    contact_id: ContactId, consent: ConsentIn, response: Response, db: Db, by: MayWrite, expected: IfMatch
) -> ConsentsOut:
    """Record that a permission was given or withdrawn, or the same again. What was said earlier changes nothing."""
    await db.write(put_consent, contact_id, consent, expected, by=by, lane=contact_id)
    return await _shown(db, contact_id, response)


@router.post("/v1/recipients:batch")
async def ask_recipients(asked: RecipientsIn, db: Db, vault: PersonVault, _: MayAskRecipients) -> list[RecipientOut]:
    """Who of these may be written to now, for this purpose and by this channel; the address only of those who may.

    Ask at the moment of sending, and keep nothing of the answer. Unknown ids are left out.
    """
    return await recipients(db, vault, asked)


async def _shown(db: Database, contact_id: str, response: Response) -> ConsentsOut:
    shown, version = await db.read(shown_consents, contact_id)
    etag(response, version)
    return shown
