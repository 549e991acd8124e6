"""Bearer tokens: JWTs signed with our own Ed25519 keys. A token says who asks, with which roles and scopes, until when.

Only EdDSA is read, whatever a token claims about itself, and only keys that this process was given.
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from shared.principal import Principal, scopes_of
from shared.problems import Unauthorized
from shared.settings.datafolder import secret_file

ALGORITHM = "EdDSA"
REQUIRED = ["exp", "iat", "iss", "aud", "sub"]
LEEWAY_SECONDS = 10
SERVICE_SECONDS = 600
REMEMBERED = 4_096
LONGEST = 8_192


class Tokens:
    """Issues with `signing_key`, where there is one; verifies with it and with `verify_keys`: keys can be rotated.

    `roles` says which scopes a role has; a role that is not in it gives none.
    """

    def __init__(
        self,
        signing_key: Ed25519PrivateKey | str | None,
        verify_keys: Sequence[Ed25519PublicKey] = (),
        *,
        issuer: str = "rainmaker",
        audience: str = "rainmaker",
        roles: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        self._signing_key = _from_pem(signing_key.encode()) if isinstance(signing_key, str) else signing_key
        own = [self._signing_key.public_key()] if self._signing_key else []
        self._verify_keys = {key_id(key): key for key in (*own, *verify_keys)}
        self._issuer, self._audience, self._roles = issuer, audience, dict(roles or {})
        self._known: OrderedDict[str, tuple[Principal, float, float]] = OrderedDict()
        self._own_tokens: dict[tuple[str, frozenset[str]], tuple[str, float, float]] = {}
        """With both ends of the time in which each is good: a clock may be put back."""

    @property
    def roles(self) -> Mapping[str, frozenset[str]]:
        return self._roles

    def issue(self, subject: str, scopes: Iterable[str], seconds: int, roles: Iterable[str] = ()) -> str:
        """`subject` is `user:...` or `service:...`."""
        if self._signing_key is None:
            raise RuntimeError("this process has no signing key and cannot issue tokens; give it RAINMAKER_SIGNING_KEY")
        now = int(time.time())
        claims: dict[str, Any] = {"iss": self._issuer, "aud": self._audience, "sub": subject}
        claims |= {"iat": now, "exp": now + seconds}
        claims["scope"] = " ".join(sorted(scopes))  # RFC 8693: one text, separated by blanks
        claims["roles"] = sorted(roles)  # RFC 9068: a list
        headers = {"kid": key_id(self._signing_key.public_key())}
        return jwt.encode(claims, self._signing_key, algorithm=ALGORITHM, headers=headers)

    def verify(self, token: str) -> Principal:
        """Who this token speaks for. Raises `Unauthorized` with a reason that holds nothing of the token."""
        known = self._known.get(token)
        if known is not None and known[1] <= time.time() < known[2]:
            self._known.move_to_end(token)
            return known[0]
        self._known.pop(token, None)
        claims = self._claims(token)
        principal = Principal(_subject(claims), scopes_of(self._roles, _roles(claims), _scopes(claims)))
        self._remember(token, principal, float(claims["iat"]), float(claims["exp"]))
        return principal

    def for_service(self, name: str, scopes: Iterable[str]) -> str:
        """The token that this service shows to a sibling; a new one well before the old one ends."""
        asked = frozenset(scopes)
        token, made_at, renew_at = self._own_tokens.get((name, asked), ("", 0.0, 0.0))
        if not made_at <= (now := time.time()) < renew_at:
            token = self.issue(f"service:{name}", asked, SERVICE_SECONDS)
            self._own_tokens[name, asked] = token, now, now + SERVICE_SECONDS / 2
        return token

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                self._key_of(token),
                algorithms=[ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                leeway=LEEWAY_SECONDS,
                options={"require": REQUIRED},
            )
        except jwt.PyJWTError as error:
            raise Unauthorized(reason_of(error)) from None

    def _key_of(self, token: str) -> Ed25519PublicKey:
        if len(token) > LONGEST:
            raise Unauthorized("The token is too long to be one of ours.")
        header = jwt.get_unverified_header(token)
        if header.get("alg") != ALGORITHM:
            raise Unauthorized("The token is not signed with EdDSA.")
        key = self._verify_keys.get(str(header.get("kid")))
        if key is None:
            raise Unauthorized("The token is signed by a key that this service does not know.")
        return key

    def _remember(self, token: str, principal: Principal, since: float, until: float) -> None:
        """Checking a signature costs 0.1 ms, as much as the rest of a request; so each token is checked once."""
        self._known[token] = principal, since - LEEWAY_SECONDS, until + LEEWAY_SECONDS
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


def key_id(key: Ed25519PublicKey) -> str:
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def signing_key_in(folder: Path) -> Ed25519PrivateKey:
    """The key in `signing/ed25519.pem` of a data folder, made at the first call. Others' eyes on it are refused."""
    path = folder / "signing" / "ed25519.pem"
    made = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem = secret_file(path, made)
    if path.stat().st_mode & 0o077:
        raise PermissionError(
            f"{path} can be read by others than its owner; chmod 600 it, or delete it to get a new key"
        )
    return _from_pem(pem)


def _from_pem(pem: bytes) -> Ed25519PrivateKey:
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("expected an Ed25519 private key in PEM, as from `openssl genpkey -algorithm ed25519`")
    return key


def _subject(claims: dict[str, Any]) -> str:
    subject = str(claims["sub"])
    kind, _, name = subject.partition(":")
    if kind not in ("user", "service") or not name:
        raise Unauthorized("The subject of the token must be user:<name> or service:<name>.")
    return subject


def _scopes(claims: dict[str, Any]) -> list[str]:
    scope = claims.get("scope", "")
    if not isinstance(scope, str):
        raise Unauthorized("The scope claim of the token must be one text, separated by blanks.")
    return scope.split()


def _roles(claims: dict[str, Any]) -> list[str]:
    roles = claims.get("roles", [])
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise Unauthorized("The roles claim of the token must be a list of texts.")
    return roles


def reason_of(error: jwt.PyJWTError) -> str:
    """PyJWT's own messages may repeat parts of the token."""
    reasons: list[tuple[type[jwt.PyJWTError], str]] = [
        (jwt.ExpiredSignatureError, "The token has expired; get a new one."),
        (jwt.ImmatureSignatureError, "The token is not valid yet; compare the clocks."),
        (jwt.InvalidAudienceError, "The token is meant for another audience."),
        (jwt.InvalidIssuerError, "The token comes from another issuer."),
        (jwt.MissingRequiredClaimError, f"The token must have the claims {', '.join(REQUIRED)}."),
        (jwt.InvalidSignatureError, "The signature of the token is wrong."),
    ]
    return next((text for kind, text in reasons if isinstance(error, kind)), "The token is not a JWT as we issue it.")
