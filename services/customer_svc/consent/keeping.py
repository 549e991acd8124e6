"""Changing and showing what a person allows."""

from sqlalchemy import update
from sqlmodel import Session

from services.customer_svc.consent.ledger import NEWEST, Statement, in_force, records, stated
from services.customer_svc.consent.models import ConsentIn, ConsentOut, ConsentsOut
from services.customer_svc.contacts.models import contacts
from services.customer_svc.contacts.people import known_or_404, locked_or_404
from services.customer_svc.timeline.entries import state
from shared.contracts.customer import ConsentChanged
from shared.database import Tx
from shared.database.sql import insert_all
from shared.web import refuse_stale


def put_consent(tx: Tx, contact_id: str, consent: ConsentIn, expected: int) -> int:
    """The version of the contact afterwards: the same as before where nothing was recorded.

    To say the same again is a record, and no fact: nothing changed for others.
    """
    version: int = locked_or_404(tx, contact_id)["version"]
    refuse_stale(expected, version)
    permissions = in_force(tx.session, [contact_id]).get(contact_id, {})
    answer = (consent.purpose, consent.channel)
    before = permissions.get(answer)
    said = Statement(contact_id, consent.source, version + 1, consent.occurred_at or tx.now, tx.now)
    rows = stated(permissions, [answer], consent.granted, said)
    if not rows:
        return version
    insert_all(tx.session, records, rows)
    changed = {"version": said.sequence, "updated_at": tx.now}
    tx.session.execute(update(contacts).where(contacts.c.id == contact_id).values(changed))
    if before is None or before.granted != consent.granted:
        state(tx, [_changed(consent, said)])
    return said.sequence


def _changed(consent: ConsentIn, said: Statement) -> ConsentChanged:
    return ConsentChanged(
        contact_id=said.contact_id,
        sequence=said.sequence,
        occurred_at=said.occurred_at,
        purpose=consent.purpose,
        channel=consent.channel,
        granted=consent.granted,
        source=said.source,
    )


def shown_consents(session: Session, contact_id: str) -> tuple[ConsentsOut, int]:
    """With the version of the contact, which every change of a permission raises."""
    version = known_or_404(session, contact_id).version
    standing = session.execute(NEWEST, {"contact_ids": [contact_id]}).mappings()
    by_answer = sorted(standing, key=lambda row: (row["purpose"], row["channel"]))
    shown = [ConsentOut.model_validate(dict(row)) for row in by_answer]
    return ConsentsOut(contact_id=contact_id, consent=shown), version
