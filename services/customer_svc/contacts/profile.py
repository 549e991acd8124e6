"""What is known of a person that names nobody: plain attributes and counts, and how an observation changes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from services.customer_svc.contacts.leads import LeadIn

DESCRIBING = ("company", "industry", "job_title", "country", "language", "time_zone")

DESCRIPTION = frozenset({*DESCRIBING, "utm", "attributes"})

MOST_ATTRIBUTES = 200
"""Names beyond these stay in their observations: a caller who makes up ever new ones must not swell every fact."""


@dataclass(slots=True)
class Profile:
    """Describing attributes change in life, so the newest that is not empty stands; `source` is that of the first.

    Newest is what was true last, not what came last: an old list that is imported fills what is unknown, and leaves the
    job that somebody has now. `described_at` says since when that is so.
    """

    source: str
    stage: str = "lead"
    company: str | None = None
    industry: str | None = None
    job_title: str | None = None
    country: str | None = None
    language: str | None = None
    time_zone: str | None = None
    utm: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    described_at: datetime | None = None
    observations: int = 0
    observation_sources: dict[str, int] = field(default_factory=dict)
    has_email: bool = False
    has_phone: bool = False

    @staticmethod
    def of(row: Mapping[str, Any]) -> "Profile":
        """Of one that the release before described it is not known when: at its last change, then."""
        profile = Profile(**{name: row[name] for name in COLUMNS})
        if profile.described_at is None and describes(profile):
            profile.described_at = row["updated_at"]
        return profile

    def observe(self, lead: LeadIn, now: datetime) -> None:
        """What does not say when it was true is true now, and so the newest, whatever the clock of another process."""
        if describes(lead):
            at, known = min(lead.occurred_at or now, now), self.described_at
            newest = known is None or lead.occurred_at is None or at >= known
            self._describe(lead, newest)
            self.described_at = max(at, known or at)
        self.observations += 1
        self.observation_sources = {
            **self.observation_sources,
            lead.source: self.observation_sources.get(lead.source, 0) + 1,
        }
        self.has_email = self.has_email or lead.email is not None
        self.has_phone = self.has_phone or lead.phone is not None

    def _describe(self, lead: LeadIn, newest: bool) -> None:
        for name in DESCRIBING:
            said, known = getattr(lead, name), getattr(self, name)
            if said is not None and (newest or known is None):
                setattr(self, name, said)
        self.utm = (lead.utm or self.utm) if newest else (self.utm or lead.utm)
        if lead.attributes:
            kept = {} if newest else self.attributes
            self.attributes = dict(islice((self.attributes | lead.attributes | kept).items(), MOST_ATTRIBUTES))

    def columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in COLUMNS}

    def facts(self) -> dict[str, Any]:
        """What a fact about the person carries."""
        return {name: getattr(self, name) for name in FACTS} | {"has_company": self.company is not None}


COLUMNS = tuple(Profile.__dataclass_fields__)
FACTS = tuple(name for name in COLUMNS if name not in ("source", "company", "described_at"))


def describes(one: LeadIn | Profile) -> bool:
    """Whether anything of its description is known."""
    return any(getattr(one, name) not in (None, {}) for name in DESCRIPTION)
