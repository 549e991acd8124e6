"""What identifies a person: the blob that is sealed, and the keyed hashes it is looked up by.

First come, first kept: an observation fills what is unknown and overwrites nothing that is known; to change a name or
an address is an edit, by hand. A second address that proves to be the same person's is one more identifier to find them
by, and stays readable in its observation. So an observation with nothing new to say changes no blob, and many at once
do not wait for each other.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import orjson

from services.customer_svc.contacts.leads import LeadIn
from shared.types import email_identity

Hash = Callable[[str, str], str]
"""A keyed hash of (kind, value)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """All of it is None for a person of whom only plain attributes are known."""

    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None

    @staticmethod
    def of(lead: LeadIn) -> "Identity":
        return Identity(lead.name, lead.first_name, lead.last_name, lead.email, lead.phone)

    def filled_from(self, other: "Identity") -> "Identity":
        """Itself, where the other knows nothing more."""
        filled = Identity(
            self.name or other.name,
            self.first_name or other.first_name,
            self.last_name or other.last_name,
            self.email or other.email,
            self.phone or other.phone,
        )
        return self if filled == self else filled

    def packed(self) -> bytes:
        return orjson.dumps(self)

    @staticmethod
    def unpacked(blob: bytes) -> "Identity":
        """Reads what an older or newer version packed, as far as it is known here."""
        stored: dict[str, Any] = orjson.loads(blob)
        return Identity(**{name: stored.get(name) for name in NAMES})


NAMES = [field.name for field in fields(Identity)]


def identifiers(lead: LeadIn, hashed: Hash) -> dict[str, str]:
    """By the field of the lead, the hash by which it identifies one person. A phone is not among them."""
    found = {}
    if lead.email:
        found["email"] = email_lookup(lead.email, hashed)
    if lead.external_id:
        found["external_id"] = external_lookup(lead.source, lead.external_id, hashed)
    return found


def email_lookup(email: str, hashed: Hash) -> str:
    return hashed("email", email_identity(email))


def external_lookup(source: str, external_id: str, hashed: Hash) -> str:
    """The same id from two sources means two things."""
    return hashed(f"external:{source}", external_id)


def phone_lookup(phone: str, hashed: Hash) -> str:
    """Finds everybody who has this number; identifies nobody."""
    return hashed("phone", phone)
