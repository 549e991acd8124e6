"""Finding people: by what identifies them, by phone, by id. A person who is not there is a 404, or None."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Path
from sqlalchemy import RowMapping, bindparam, select
from sqlmodel import Session

from services.customer_svc.contacts.models import Contact, contact_identifiers, contacts
from shared.database import Tx
from shared.ids import is_id
from shared.problems import not_found

ContactId = Annotated[
    str, Path(description="The id of a contact.", max_length=40, examples=["con_01k9q3v7w8e5rtx2m4n6p8q0sa"])
]


@dataclass(frozen=True, slots=True)
class Known:
    """A stored person as a look-up found it. What is merged into `identity` holds as long as its version stands."""

    contact_id: str
    key_id: str
    identity: bytes
    identity_version: int


Found = dict[str, Known]
"""By identifier (keyed hash), whose it is."""


# Built once: to build a statement costs more than to run it, and this one runs for every lead.
_OWNED = (
    select(
        contact_identifiers.c.lookup, contacts.c.id, contacts.c.key_id, contacts.c.identity, contacts.c.identity_version
    )
    .join(contacts, contacts.c.id == contact_identifiers.c.contact_id)
    .where(contact_identifiers.c.lookup.in_(bindparam("lookups", expanding=True)))
)


def find(session: Session, lookups: Collection[str]) -> Found:
    """The people whom these identifiers name; what names nobody is not in it."""
    if not lookups:
        return {}
    return {lookup: Known(*known) for lookup, *known in session.execute(_OWNED, {"lookups": list(lookups)})}


def locked(tx: Tx, contact_ids: Iterable[str]) -> dict[str, RowMapping]:
    """The rows of these contacts, held until the transaction ends. Taken in id order, so that no two wait in a ring."""
    wanted = sorted(contact_ids)
    if not wanted:
        return {}
    held = select(contacts).where(contacts.c.id.in_(wanted)).order_by(contacts.c.id).with_for_update()
    return {row["id"]: row for row in tx.session.execute(held).mappings()}


def locked_or_404(tx: Tx, contact_id: str) -> RowMapping:
    row = locked(tx, [contact_id] if is_id(contact_id, "con_") else []).get(contact_id)
    if row is None:
        raise not_found("contact")
    return row


def known_or_404(session: Session, contact_id: str) -> Contact:
    """An id of another shape names nobody either."""
    contact = session.get(Contact, contact_id) if is_id(contact_id, "con_") else None
    if contact is None:
        raise not_found("contact")
    return contact


def by_ids(session: Session, contact_ids: Collection[str]) -> dict[str, Contact]:
    found: Any = session.execute(select(Contact).where(contacts.c.id.in_(contact_ids))).scalars()
    return {contact.id: contact for contact in found}
