"""The unit of work that takes leads in: each person once, each observation kept, a fact for each, or nothing at all.

Everybody takes locks in one order, known contacts by id, then identifiers by hash, so that two batches about the same
people cannot wait for each other in a ring. What is written is collected first and leaves in one statement per table.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, update

from services.customer_svc.consent.ledger import Permissions, Statement, granted_names, in_force, records, stated
from services.customer_svc.contacts.models import contact_identifiers, contacts, observations
from services.customer_svc.contacts.people import locked
from services.customer_svc.contacts.profile import Profile
from services.customer_svc.contacts.resolving import Contradiction
from services.customer_svc.contacts.sealing import SealedObservation, SealedPerson
from services.customer_svc.timeline.entries import state
from shared.contracts.customer import LeadCaptured
from shared.database import Tx
from shared.database.sql import insert_all

_CHANGE = update(contacts).where(contacts.c.id == bindparam("_id"))


@dataclass(frozen=True, slots=True)
class Captured:
    """What became of one lead. `contradicting` names the fields by which it would be two people: then it has no ids."""

    index: int
    contact_id: str | None = None
    observation_id: str | None = None
    created: bool = False
    contradicting: Sequence[str] = ()


class Reseal(Exception):
    """Somebody was not, or is no longer, who they were taken for: look them up, seal, and come again."""


def capture(tx: Tx, people: Sequence[SealedPerson], contradictions: Sequence[Contradiction]) -> list[Captured]:
    """One result for each lead. Raises `Reseal`, which undoes all of it, if anybody changed since they were looked up.

    An identifier belongs to one person for ever, so those that were found need no second look: only what is added can
    meet somebody else's, and there the unique rule decides, also against a transaction that has not ended yet.
    """
    held = locked(tx, [person.contact_id for person in people if person.assumed is not None])
    permissions = in_force(tx.session, held)
    changes = Changes(tx)
    for person in people:
        changes.add(person, _row_of(person, held), permissions.get(person.contact_id, {}))
    changes.write()
    return sorted(changes.results + refused(contradictions), key=lambda result: result.index)


def refused(contradictions: Iterable[Contradiction]) -> list[Captured]:
    return [Captured(one.index, contradicting=one.fields) for one in contradictions]


def _row_of(person: SealedPerson, held: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if person.assumed is None:
        return None
    row: Mapping[str, Any] | None = held.get(person.contact_id)
    if row is None or row["key_id"] != person.key_id:
        raise Reseal
    if person.identity is not None and row["identity_version"] != person.assumed:
        raise Reseal
    return row


@dataclass(slots=True)
class Changes:
    """The rows and facts that leads turn into."""

    tx: Tx
    created: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    identified: list[dict[str, Any]] = field(default_factory=list)
    observed: list[dict[str, Any]] = field(default_factory=list)
    allowed: list[dict[str, Any]] = field(default_factory=list)
    facts: list[LeadCaptured] = field(default_factory=list)
    results: list[Captured] = field(default_factory=list)

    def add(self, person: SealedPerson, row: Mapping[str, Any] | None, permissions: Permissions) -> None:
        first = person.observations[0].lead
        profile = Profile.of(row) if row else Profile(source=first.source)
        version = row["version"] if row else 0
        for one in person.observations:
            version += 1
            profile.observe(one.lead, self.tx.now)
            self._observe(person.contact_id, version, one, profile, permissions)
        self._contact(person, row, {"version": version, "updated_at": self.tx.now} | profile.columns())
        self.identified += (
            {"lookup": lookup, "kind": kind, "contact_id": person.contact_id} for lookup, kind in person.unseen.items()
        )

    def _observe(
        self, contact_id: str, version: int, one: SealedObservation, profile: Profile, permissions: Permissions
    ) -> None:
        at = one.lead.occurred_at or self.tx.now
        self.observed.append(
            {
                "id": one.id,
                "contact_id": contact_id,
                "source": one.lead.source,
                "received": one.received,
                "occurred_at": at,
                "recorded_at": self.tx.now,
            }
        )
        if given := one.lead.consent:
            statement = Statement(contact_id, one.lead.source, version, at, self.tx.now)
            self.allowed += stated(permissions, ((one.purpose, one.channel) for one in given), True, statement)
        self.facts.append(
            LeadCaptured(
                contact_id=contact_id,
                observation_id=one.id,
                sequence=version,
                occurred_at=at,
                source=one.lead.source,
                created=version == 1,
                consent=granted_names(permissions),
                **profile.facts(),
            )
        )
        self.results.append(Captured(one.index, contact_id, one.id, version == 1))

    def _contact(self, person: SealedPerson, row: Mapping[str, Any] | None, columns: dict[str, Any]) -> None:
        if row is None:
            fresh = {
                "id": person.contact_id,
                "key_id": person.key_id,
                "identity": person.identity,
                "identity_version": 1,
                "phone_lookup": person.phone_lookup,
                "created_at": self.tx.now,
            }
            self.created.append(fresh | columns)
            return
        news = {"identity": row["identity"], "phone_lookup": row["phone_lookup"]}
        if person.identity is not None:
            news = {"identity": person.identity, "phone_lookup": person.phone_lookup}
        version = row["identity_version"] + (person.identity is not None)
        self.changed.append({"_id": person.contact_id, "identity_version": version} | news | columns)

    def write(self) -> None:
        """Of somebody who is known at once, as a neighbour in the transaction may read it; of somebody new with all."""
        if self.changed:
            self.tx.session.execute(_CHANGE, self.changed)
            insert_all(self.tx.session, records, self.allowed)
        else:
            self.tx.add(records, self.allowed)
        self.tx.claim(contact_identifiers, self.identified, key="lookup", taken=Reseal)
        self.tx.add(contacts, self.created)
        self.tx.add(observations, self.observed)
        state(self.tx, self.facts)
