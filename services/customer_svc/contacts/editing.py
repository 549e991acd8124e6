"""Edits by hand: of the version that was seen, and stated as a fact that names the fields, not what stands in them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import RowMapping, select, update

from services.customer_svc.contacts.capture import Reseal
from services.customer_svc.contacts.identity import NAMES, Identity, email_lookup, phone_lookup
from services.customer_svc.contacts.intake import TRIES
from services.customer_svc.contacts.models import Contact, contact_identifiers, contacts
from services.customer_svc.contacts.people import known_or_404, locked_or_404
from services.customer_svc.contacts.profile import DESCRIBING, DESCRIPTION
from services.customer_svc.contacts.refusals import identity_conflict
from services.customer_svc.contacts.sealing import revealed, sealed_identity
from services.customer_svc.contacts.views import ContactPatch
from services.customer_svc.timeline.entries import state
from shared.contracts.customer import ContactChanged
from shared.database import Database, Tx
from shared.database.sql import insert_new
from shared.principal import Principal
from shared.problems import unavailable
from shared.vault import Vault
from shared.web import refuse_stale


@dataclass(frozen=True, slots=True)
class Edit:
    """The columns to set, made for version `seen` of the contact; `fields` are those of the patch that change."""

    contact_id: str
    seen: int
    fields: list[str]
    columns: Mapping[str, Any]
    email_lookup: str | None


async def edit_contact(
    db: Database, vault: Vault, contact_id: str, patch: ContactPatch, expected: int, by: Principal
) -> None:
    """Raises 404, 412 or 428 about the version, 409 where the e-mail address is another person's."""
    for _ in range(TRIES):
        contact = await db.read(known_or_404, contact_id)
        edit = await _prepared(vault, contact, patch)
        try:
            return await db.write(apply_edit, edit, expected, by=by, lane=contact_id)
        except Reseal:
            continue
    raise unavailable("Others are changing the same contact; nothing was changed.", slug="busy")


async def _prepared(vault: Vault, contact: Contact, patch: ContactPatch) -> Edit:
    given = {name: getattr(patch, name) for name in patch.model_fields_set}
    before = (await revealed(vault, [contact]))[contact.id]
    after = replace(before, **{name: value for name, value in given.items() if name in NAMES})
    plain = {name: value for name, value in given.items() if name not in NAMES and value != getattr(contact, name)}
    names = [name for name in NAMES if getattr(after, name) != getattr(before, name)]
    columns = plain | (await _identity_columns(vault, contact, after) if names else {})
    lookup = email_lookup(after.email, vault.lookup) if after.email and "email" in names else None
    return Edit(contact.id, contact.version, sorted([*plain, *names]), columns, lookup)


async def _identity_columns(vault: Vault, contact: Contact, identity: Identity) -> dict[str, Any]:
    key = await vault.key(contact.key_id)
    return {
        "identity": sealed_identity(key, contact.id, identity),
        "identity_version": contact.identity_version + 1,
        "phone_lookup": phone_lookup(identity.phone, vault.lookup) if identity.phone else None,
        "has_email": identity.email is not None,
        "has_phone": identity.phone is not None,
    }


def apply_edit(tx: Tx, edit: Edit, expected: int) -> None:
    """Raises `Reseal` if the contact is the version that the caller expects, and not the one this was prepared for."""
    row = locked_or_404(tx, edit.contact_id)
    refuse_stale(expected, row["version"])
    if row["version"] != edit.seen:
        raise Reseal
    if not edit.fields:
        return
    _add_email(tx, edit)
    columns = {**edit.columns, "version": row["version"] + 1, "updated_at": tx.now}
    if not DESCRIPTION.isdisjoint(edit.fields):
        columns["described_at"] = max(tx.now, row["described_at"] or tx.now)
    tx.session.execute(update(contacts).where(contacts.c.id == edit.contact_id).values(columns))
    state(tx, [_changed(tx, edit, row, columns)])


def _add_email(tx: Tx, edit: Edit) -> None:
    if edit.email_lookup is None:
        return
    row = {"lookup": edit.email_lookup, "kind": "email", "contact_id": edit.contact_id}
    if insert_new(tx.session, contact_identifiers, [row], returning="lookup"):
        return
    owner = select(contact_identifiers.c.contact_id).where(contact_identifiers.c.lookup == edit.email_lookup)
    if tx.session.execute(owner).scalar_one() != edit.contact_id:
        raise identity_conflict(["email"])


def _changed(tx: Tx, edit: Edit, row: RowMapping, columns: Mapping[str, Any]) -> ContactChanged:
    now = {**row, **columns}
    carried = {name: now[name] for name in ("stage", *DESCRIBING) if name in ContactChanged.model_fields}
    return ContactChanged(
        contact_id=edit.contact_id, sequence=now["version"], occurred_at=tx.now, fields=edit.fields, **carried
    )
