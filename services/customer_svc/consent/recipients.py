"""Who may be written to, and where: the one way by which an address leaves this service, and only with permission."""

from collections.abc import Sequence

from sqlmodel import Session

from services.customer_svc.consent.ledger import Permissions, in_force
from services.customer_svc.consent.models import RecipientOut, RecipientsIn
from services.customer_svc.contacts.identity import Identity
from services.customer_svc.contacts.models import Contact
from services.customer_svc.contacts.people import by_ids
from services.customer_svc.contacts.sealing import revealed
from shared.contracts.customer import Channel
from shared.database import Database
from shared.vault import Vault


async def recipients(db: Database, vault: Vault, asked: RecipientsIn) -> list[RecipientOut]:
    """In the order they were asked for. Identities are opened only of those who gave their permission."""
    people, permissions = await db.read(_people, list(dict.fromkeys(asked.contact_ids)))
    may = [one for one in people if _granted(permissions.get(one.id, {}), asked)]
    identities = await revealed(vault, may)
    return [_answer(one, identities.get(one.id), asked.channel) for one in people]


def _people(session: Session, contact_ids: Sequence[str]) -> tuple[list[Contact], dict[str, Permissions]]:
    known = by_ids(session, contact_ids)
    return [known[one] for one in contact_ids if one in known], in_force(session, list(known))


def _granted(permissions: Permissions, asked: RecipientsIn) -> bool:
    standing = permissions.get((asked.purpose, asked.channel))
    return standing is not None and standing.granted


def _answer(contact: Contact, identity: Identity | None, channel: Channel) -> RecipientOut:
    if identity is None:
        return RecipientOut(contact_id=contact.id, allowed=False, because="no_consent")
    if not (address := _address(identity, channel)):
        return RecipientOut(contact_id=contact.id, allowed=False, because="no_address")
    return RecipientOut(
        contact_id=contact.id,
        allowed=True,
        because=None,
        address=address,
        name=identity.name,
        first_name=identity.first_name,
        language=contact.language,
        time_zone=contact.time_zone,
    )


def _address(identity: Identity, channel: Channel) -> str | None:
    """Postal addresses are not kept."""
    return {"email": identity.email, "phone": identity.phone, "sms": identity.phone}.get(channel)
