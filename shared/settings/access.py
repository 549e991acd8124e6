"""The settings of who may ask, from where and how often: the identity provider, browsers' origins, limits."""

import re
from functools import cached_property
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import BaseModel, Field, field_validator

LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class AccessSettings(BaseModel):
    """Part of `Settings`. Without them no browser page of another origin and no identity provider is let in."""

    verify_keys: str = ""
    cors_origins: str = ""
    requests_per_minute: int = Field(120_000, ge=0)
    failures_per_minute: int = Field(100, ge=0)
    oidc_issuer: str = ""
    oidc_audience: str = ""
    oidc_jwks_url: str = ""
    oidc_roles_claim: str = "roles"
    oidc_roles: str = ""

    @field_validator("verify_keys")
    @classmethod
    def _public_keys(cls, pems: str) -> str:
        try:
            keys_in(pems)
        except (ValueError, TypeError):
            expected = "must be Ed25519 public keys in PEM, one after another, as from `openssl pkey -pubout`"
            raise ValueError(expected) from None
        return pems

    @field_validator("cors_origins")
    @classmethod
    def _real_origins(cls, text: str) -> str:
        for origin in _listed(text):
            parts = urlsplit(origin)
            if parts.scheme not in ("http", "https") or origin != f"{parts.scheme}://{parts.netloc}" or "*" in origin:
                raise ValueError("must be origins such as https://app.example.com, separated by blanks, never *")
        return text

    @field_validator("oidc_roles")
    @classmethod
    def _pairs(cls, text: str) -> str:
        if any(not all(pair.partition("=")[::2]) for pair in _listed(text)):
            raise ValueError("must be pairs such as sales-team=sales, separated by blanks: a role there, a role here")
        return text

    @cached_property
    def origins(self) -> frozenset[str]:
        """From where pages in a browser may ask."""
        return frozenset(_listed(self.cors_origins))

    @property
    def issuer_roles(self) -> dict[str, str]:
        """Ours, by what the identity provider calls them."""
        return dict(pair.rsplit("=", 1) for pair in _listed(self.oidc_roles))

    @property
    def needed_for_oidc(self) -> dict[str, str]:
        """All four, as soon as one is set."""
        names = ("oidc_issuer", "oidc_audience", "oidc_jwks_url", "oidc_roles")
        found = {name: getattr(self, name) for name in names}
        return found if any(found.values()) else {}

    @property
    def keys_in_the_open(self) -> bool:
        """Whether keys would come over plain HTTP from another machine."""
        url = urlsplit(self.oidc_jwks_url)
        return bool(self.oidc_jwks_url) and url.scheme != "https" and url.hostname not in LOOPBACK


def keys_in(pems: str) -> list[Ed25519PublicKey]:
    """Raises `ValueError` for what is no public key of this kind."""
    blocks = [block for block in re.split(r"(?<=-----)\s*(?=-----BEGIN )", pems.strip()) if block]
    keys = [load_pem_public_key(block.encode()) for block in blocks]
    return [_ed25519(key) for key in keys]


def _ed25519(key: object) -> Ed25519PublicKey:
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("another kind of key")
    return key


def _listed(text: str) -> list[str]:
    return re.split(r"[\s,]+", text.strip()) if text.strip() else []
