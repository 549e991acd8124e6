"""Callers who must be refused, each with what it sends: from no token at all to one that is good for other things."""

import base64
import functools
import hmac
import json
import time
from typing import Any, cast

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from shared.access.apikeys import new_secret
from shared.access.tokens import key_id
from shared.contracts.access import ROLES, ROLES_OF, SCOPES_OF
from tests.services.access.standing import SECRETS, TOKENS
from tests.shared.belfry import SIGNING_KEY

CANARY = "eve-canary"
DAY = 86_400
"""Seconds. What is made once in a process is asked with by tests that may come an hour later."""
KEY = cast("Ed25519PrivateKey", load_pem_private_key(SIGNING_KEY.encode(), None))
KID = {"kid": key_id(KEY.public_key())}
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    good = {"iss": "rainmaker", "aud": "rainmaker", "sub": f"user:{CANARY}", "iat": now, "exp": now + DAY}
    return good | {"roles": list(ROLES), "scope": " ".join(ROLES_OF)} | changed


def signed(key: Any = KEY, algorithm: str = "EdDSA", **changed: Any) -> str:
    return jwt.encode(claims(**changed), key, algorithm=algorithm, headers=KID)


def segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@functools.cache
def unknown() -> dict[str, dict[str, str]]:
    """By name, the headers of those who are 401: whatever they claim, they claim every role and every scope."""
    past, future = int(time.time()) - DAY, int(time.time()) + DAY
    good = signed()
    tokens = {
        "malformed": f"{CANARY}.x.y",
        "no JWT": CANARY,
        "wrong audience": signed(aud="elsewhere"),
        "wrong issuer": signed(iss="https://issuer.example"),
        "algorithm none": f"{segment({'alg': 'none', **KID})}.{segment(claims())}.",
        "HS256 with the public key": _hs256(),
        "another key": signed(Ed25519PrivateKey.generate()),
        "a changed claim": ".".join((good.split(".")[0], segment(claims(sub="user:admin")), good.split(".")[2])),
        "expired": signed(iat=past - 60, exp=past),
        "not yet valid": signed(nbf=future),
        "no expiry": jwt.encode({k: v for k, v in claims().items() if k != "exp"}, KEY, "EdDSA", headers=KID),
    }
    tokens |= {f"a key that is {name}": SECRETS[name] for name in ("revoked", "expired", "rotated")}
    tokens |= {"a key that nobody knows": new_secret(), "half a key": SECRETS["admin"][:30]}
    sent = {name: {"Authorization": f"Bearer {token}"} for name, token in tokens.items()}
    return {"no token": {}, "another scheme": {"Authorization": f"Basic {CANARY}"}} | sent


@functools.cache
def unentitled(scope: str) -> dict[str, dict[str, str]]:
    """By name, the headers of those who are 403: known, and without this scope."""
    tokens = {role: TOKENS.issue(f"user:{CANARY}", [], DAY, [role]) for role in ROLES if scope not in SCOPES_OF[role]}
    tokens["a role that nobody knows"] = TOKENS.issue(f"user:{CANARY}", [], DAY, ["owner"])
    tokens["every other scope"] = TOKENS.issue(f"user:{CANARY}", set(ROLES_OF) - {scope}, DAY)
    tokens["a key for nothing"] = SECRETS["of no use"]
    return {name: {"Authorization": f"Bearer {token}"} for name, token in tokens.items()}


@functools.cache
def entitled(scope: str) -> dict[str, dict[str, str]]:
    """By role, the headers of those who have this scope."""
    tokens = {role: TOKENS.issue("user:ada", [], DAY, [role]) for role in ROLES if scope in SCOPES_OF[role]}
    tokens["a key"] = SECRETS["admin"]
    return {name: {"Authorization": f"Bearer {token}"} for name, token in tokens.items()}


def _hs256() -> str:
    """Signed by hand: no library helps with this mistake any more."""
    signing = f"{segment({'alg': 'HS256', **KID})}.{segment(claims())}"
    mark = hmac.digest(PUBLIC, signing.encode(), "sha256")
    return f"{signing}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"
