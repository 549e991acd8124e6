"""A person's history over HTTP."""

from typing import Annotated

from sqlalchemy import select
from sqlmodel import Session

from services.customer_svc.contacts.people import ContactId, known_or_404
from services.customer_svc.timeline.models import EntryOut, TimelineEntry, timeline
from shared.principal import Principal
from shared.web import Db, Order, Page, Paging, Router, allowed

router = Router(prefix="/v1/contacts", tags=["timeline"])

NEWEST_FIRST = Order({"occurred_at": timeline.c.occurred_at}, default="-occurred_at", tie=timeline.c.event_id)


@router.get("/{contact_id}/timeline")
async def read_timeline(
    contact_id: ContactId,
    asked: Annotated[Paging, NEWEST_FIRST.asked()],
    db: Db,
    by: Annotated[Principal, allowed("contacts:read")],
) -> Page[EntryOut]:
    """What happened to, by or about this person, newest first, each entry with what caused it and when it was true."""
    return await db.read(entries_of, contact_id, asked)


def entries_of(session: Session, contact_id: str, asked: Paging) -> Page[EntryOut]:
    known_or_404(session, contact_id)
    return asked.page(session, select(TimelineEntry).where(timeline.c.contact_id == contact_id), EntryOut.of)
