"""Sealing people before they are written: each under a key of their own, each blob bound to its row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.customer_svc.contacts.identity import Identity, phone_lookup
from services.customer_svc.contacts.leads import LeadIn
from services.customer_svc.contacts.models import Contact
from services.customer_svc.contacts.resolving import Arrival, Person
from shared.ids import new_id
from shared.vault import PersonKey, Vault


@dataclass(frozen=True, slots=True)
class SealedObservation:
    """A lead whose received form is sealed, bound to the observation's id."""

    id: str
    index: int
    lead: LeadIn
    received: bytes


@dataclass(frozen=True, slots=True)
class SealedPerson:
    """One person and what is to be written about them.

    `assumed` is the version of the identity that was merged into, None for somebody new. `identity` is None where
    nothing new was learnt.
    """

    contact_id: str
    key_id: str
    assumed: int | None
    identity: bytes | None
    phone_lookup: str | None
    unseen: Mapping[str, str]
    observations: Sequence[SealedObservation]


async def seal(vault: Vault, people: Sequence[Person]) -> list[SealedPerson]:
    """Keys of new people are durable in their own store before anything is sealed under them."""
    stored = await vault.keys({person.known.key_id for person in people if person.known})
    return [_sealed(vault, person, await _key_of(person, stored, vault)) for person in people]


async def _key_of(person: Person, stored: Mapping[str, PersonKey], vault: Vault) -> PersonKey:
    if person.known is None:
        return await vault.new_key()
    return stored.get(person.known.key_id) or await vault.key(person.known.key_id)  # which says that it is gone


def _sealed(vault: Vault, person: Person, key: PersonKey) -> SealedPerson:
    before = opened_identity(key, person.contact_id, person.known.identity) if person.known else None
    after = before or Identity()
    for arrival in person.arrivals:
        after = after.filled_from(Identity.of(arrival.lead))
    return SealedPerson(
        contact_id=person.contact_id,
        key_id=key.id,
        assumed=person.known.identity_version if person.known else None,
        identity=None if after == before else sealed_identity(key, person.contact_id, after),
        phone_lookup=phone_lookup(after.phone, vault.lookup) if after.phone else None,
        unseen=person.unseen,
        observations=[_observation(key, arrival) for arrival in person.arrivals],
    )


def _observation(key: PersonKey, arrival: Arrival) -> SealedObservation:
    observation_id = new_id("obs")
    received = key.seal(arrival.received, f"observations/{observation_id}/received")
    return SealedObservation(observation_id, arrival.index, arrival.lead, received)


def sealed_identity(key: PersonKey, contact_id: str, identity: Identity) -> bytes:
    return key.seal(identity.packed(), f"contacts/{contact_id}/identity")


def opened_identity(key: PersonKey, contact_id: str, blob: bytes) -> Identity:
    return Identity.unpacked(key.open(blob, f"contacts/{contact_id}/identity"))


async def revealed(vault: Vault, people: Sequence[Contact]) -> dict[str, Identity]:
    """Who these contacts are, by id, for whoever may know. Of an erased person nothing is known any more."""
    keys = await vault.keys({contact.key_id for contact in people})
    return {
        contact.id: opened_identity(keys[contact.key_id], contact.id, contact.identity)
        if contact.key_id in keys
        else Identity()
        for contact in people
    }
