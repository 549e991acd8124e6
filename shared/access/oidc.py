"""Tokens of an identity provider: any OpenID Connect issuer, by the keys that it publishes (RFC 7517).

Which algorithms are read follows from the kind of key, never from the token: `none` and a shared secret find no key.
"""

from collections.abc import Mapping
from typing import Any, Self

import jwt

from shared.access.jwks import Jwks
from shared.access.tokens import LEEWAY_SECONDS, LONGEST, REQUIRED, reason_of
from shared.problems import Unauthorized
from shared.settings import Settings

LONGEST_SUBJECT = 200


class Issuer:
    """`claim` is where the token holds its roles, a name or a path with dots; `roles` makes ours of the issuer's."""

    def __init__(self, name: str, audience: str, keys: Jwks, claim: str, roles: Mapping[str, str]) -> None:
        self.name = name
        self._audience, self._keys, self._claim, self._roles = audience, keys, claim, dict(roles)

    @classmethod
    def of(cls, settings: Settings) -> Self | None:
        if not settings.oidc_issuer:
            return None
        keys = Jwks(settings.oidc_jwks_url)
        return cls(settings.oidc_issuer, settings.oidc_audience, keys, settings.oidc_roles_claim, settings.issuer_roles)

    async def verify(self, token: str) -> tuple[str, list[str]]:
        """The subject, and our roles. Raises `Unauthorized`, or Problem 503 before the issuer was ever reached."""
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = await self._keys.key(str(kid or ""))
            claims = jwt.decode(
                token,
                key.key,
                algorithms=key.algorithms,
                issuer=self.name,
                audience=self._audience,
                leeway=LEEWAY_SECONDS,
                options={"require": REQUIRED},
            )
        except jwt.PyJWTError as error:
            raise Unauthorized(reason_of(error)) from None
        return _subject(claims), [self._roles[role] for role in self._named(claims) if role in self._roles]

    def _named(self, claims: Mapping[str, Any]) -> list[str]:
        """What the issuer calls them: a list, or one text separated by blanks."""
        found: Any = claims.get(self._claim)
        if found is None:
            found = claims
            for step in self._claim.split("."):
                found = found.get(step) if isinstance(found, dict) else None
        if isinstance(found, str):
            return found.split()
        return [role for role in found if isinstance(role, str)] if isinstance(found, list) else []


def issuer_of(token: str) -> str:
    """Whom a token claims to come from; nothing else of it is believed before it is verified."""
    if len(token) > LONGEST:
        return ""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return ""
    return str(claims.get("iss", ""))


def _subject(claims: Mapping[str, Any]) -> str:
    name = str(claims["sub"])
    if not name.isprintable() or not 0 < len(name) <= LONGEST_SUBJECT:
        raise Unauthorized(f"The subject of the token must be 1 to {LONGEST_SUBJECT} printable characters.")
    return f"user:{name}"
