"""Reading contacts: lists by plain attributes, and whom an identifier names."""

from typing import Any

from sqlalchemy import select
from sqlmodel import Session

from services.customer_svc.contacts.identity import email_lookup, external_lookup, phone_lookup
from services.customer_svc.contacts.models import Contact, contact_identifiers, contacts
from services.customer_svc.contacts.sealing import revealed
from services.customer_svc.contacts.views import ContactOut, SearchIn
from shared.database import Database
from shared.vault import Vault
from shared.web import Order, Page, Paging

MOST_FOUND = 200

ORDER = Order(
    {name: contacts.c[name] for name in ("updated_at", "created_at", "score")}, default="-updated_at", tie=contacts.c.id
)


async def listed(db: Database, vault: Vault, asked: Paging, filters: dict[str, Any]) -> Page[ContactOut]:
    page: Page[Contact] = await db.read(_page, asked, filters)
    return Page(items=await shown(vault, page.items), next_cursor=page.next_cursor)


def _page(session: Session, asked: Paging, filters: dict[str, Any]) -> Page[Any]:
    after = filters.pop("updated_after", None)
    query = select(Contact).where(*(contacts.c[name] == value for name, value in filters.items() if value is not None))
    if after is not None:
        query = query.where(contacts.c.updated_at > after)
    return asked.page(session, query, lambda contact: contact)


async def searched(db: Database, vault: Vault, wanted: SearchIn) -> list[ContactOut]:
    if wanted.phone:
        return await shown(vault, await db.read(_with_phone, phone_lookup(wanted.phone, vault.lookup)))
    if wanted.email:
        lookup = email_lookup(wanted.email, vault.lookup)
    else:
        lookup = external_lookup(wanted.source or "", wanted.external_id or "", vault.lookup)
    return await shown(vault, await db.read(_identified, lookup))


def _with_phone(session: Session, lookup: str) -> list[Contact]:
    newest_first = (contacts.c.updated_at.desc(), contacts.c.id.desc())
    query = select(Contact).where(contacts.c.phone_lookup == lookup).order_by(*newest_first).limit(MOST_FOUND)
    return list(session.execute(query).scalars())


def _identified(session: Session, lookup: str) -> list[Contact]:
    query = select(Contact).join(contact_identifiers, contact_identifiers.c.contact_id == contacts.c.id)
    return list(session.execute(query.where(contact_identifiers.c.lookup == lookup)).scalars())


async def shown(vault: Vault, people: list[Contact]) -> list[ContactOut]:
    identities = await revealed(vault, people)
    return [ContactOut.of(contact, identities[contact.id]) for contact in people]
