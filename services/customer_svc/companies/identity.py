"""What identifies a company: the id that a source gave, else its domain, else its name in its country.

The first two are exact: a record that carries both, of different companies, contradicts itself. A name is the last
resort. It finds a company only as long as nothing exact speaks against it: the same name with another domain, or with
another id from the same source, is another company.
"""

import unicodedata
from functools import lru_cache
from hashlib import blake2b
from typing import Protocol

from shared.types import country_code

EXTERNAL, DOMAIN, NAME = "external_id", "domain", "name"
"""The kinds of identifiers, each named as the field that it comes from."""


class Named(Protocol):
    """What can be looked up by: a record as it came, or a company as it is."""

    name: str
    country: str | None
    domain: str | None
    source: str | None
    external_id: str | None


def lookups(company: Named) -> dict[str, str]:
    """By kind, the strongest first."""
    found = {}
    if company.external_id:
        found[EXTERNAL] = _hashed(EXTERNAL, company.source or "", company.external_id)
    if company.domain:
        found[DOMAIN] = domain_lookup(company.domain)
    found[NAME] = name_lookup(company.name, company.country)
    return found


def domain_lookup(domain: str) -> str:
    return _hashed(DOMAIN, domain, "")


def name_lookup(name: str, country: str | None) -> str:
    """`Deutschland` and `DE` differ as texts; where the country resolves, its code is what counts."""
    return _hashed(NAME, code_of(country) or _normalised(country or ""), _normalised(name))


def exclusive(company: Named) -> frozenset[str]:
    """What it says of itself that a company has one of: a domain, and an id in this source."""
    said = [DOMAIN] if company.domain else []
    return frozenset([*said, id_in(company.source)] if company.external_id else said)


def id_in(source: str | None) -> str:
    return f"{EXTERNAL} {source}"


@lru_cache(maxsize=4_096)
def code_of(country: str | None) -> str | None:
    """ISO 3166-1 alpha-2, or None where the text names no one country: `Hong Kong/China` is kept, and has none."""
    try:
        return country_code(country) if country else None
    except ValueError:
        return None


def _normalised(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


def _hashed(kind: str, first: str, second: str) -> str:
    """No text that we store has a control character, so none can pretend to be two."""
    return blake2b(f"{kind}\x1f{first}\x1f{second}".encode(), digest_size=16).hexdigest()
