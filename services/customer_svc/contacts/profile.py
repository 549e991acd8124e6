"""What is known of a person that names nobody: plain attributes and counts, and how an observation changes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from services.customer_svc.contacts.leads import LeadIn

DESCRIBING = ("company", "industry", "job_title", "country", "language", "time_zone")

MOST_ATTRIBUTES = 200
"""Names beyond these stay in their observations: a caller who makes up ever new ones must not swell every fact."""


@dataclass(slots=True)
class Profile:
    """Describing attributes change in life, so the newest that is not empty stands; `source` is that of the first."""

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
    observations: int = 0
    observation_sources: dict[str, int] = field(default_factory=dict)
    has_email: bool = False
    has_phone: bool = False

    @staticmethod
    def of(row: Mapping[str, Any]) -> "Profile":
        return Profile(**{name: row[name] for name in COLUMNS})

    def observe(self, lead: LeadIn) -> None:
        for name in DESCRIBING:
            if (value := getattr(lead, name)) is not None:
                setattr(self, name, value)
        self.utm = lead.utm or self.utm
        if lead.attributes:
            self.attributes = dict(islice((self.attributes | lead.attributes).items(), MOST_ATTRIBUTES))
        self.observations += 1
        self.observation_sources = {
            **self.observation_sources,
            lead.source: self.observation_sources.get(lead.source, 0) + 1,
        }
        self.has_email = self.has_email or lead.email is not None
        self.has_phone = self.has_phone or lead.phone is not None

    def columns(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in COLUMNS}

    def facts(self) -> dict[str, Any]:
        """What a fact about the person carries."""
        return {name: getattr(self, name) for name in FACTS} | {"has_company": self.company is not None}


COLUMNS = tuple(Profile.__dataclass_fields__)
FACTS = tuple(name for name in COLUMNS if name not in ("source", "company"))
