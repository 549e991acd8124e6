"""The keys of an issuer: fetched when they are needed, kept while the issuer is away, asked for anew seldom.

A token with a key that is not known has them fetched again, at most every half minute whatever is sent to us, and never
for longer than a few seconds; so an issuer may rotate its keys at any time, and nobody can make us ask it all day.
"""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from shared.outgoing.bodies import read_body
from shared.problems import Unauthorized, unavailable
from shared.telemetry.logs import log

AGAIN_SECONDS = 30.0
FRESH_SECONDS = 600.0
IDLE_SECONDS = 1_800.0
"""Nobody came for so long, so what is known may be long withdrawn: the next one waits for the answer."""
SECONDS = 3.0
MOST_BYTES = 256 * 1024
LEAST_RSA_BITS = 2_048

_RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
_ALGORITHMS = {
    "RSA ": _RSA,
    "EC P-256": ["ES256"],
    "EC P-384": ["ES384"],
    "EC P-521": ["ES512"],
    "OKP Ed25519": ["EdDSA"],
}


@dataclass(frozen=True, slots=True)
class Key:
    key: Any
    algorithms: list[str]


class Jwks:
    """The keys at one address. `again_seconds` is the least time between two attempts to fetch them."""

    def __init__(self, url: str, *, again_seconds: float = AGAIN_SECONDS, fresh_seconds: float = FRESH_SECONDS) -> None:
        self._url, self._again, self._fresh = url, again_seconds, fresh_seconds
        self._keys: dict[str, Key] | None = None
        self._tried_at = self._fetched_at = float("-inf")
        self._fetching = asyncio.Lock()
        self._refreshing: asyncio.Task[None] | None = None

    async def key(self, kid: str) -> Key:
        """Raises `Unauthorized` for a key that the issuer does not have, Problem 503 while nothing is known of it."""
        known, now = self._find(kid) is not None, time.monotonic()
        if known and now - self._tried_at < IDLE_SECONDS:
            if now - self._fetched_at > self._fresh:
                self._refresh()
        elif not known or now - self._fetched_at > self._fresh:
            await self._fetch()
        if self._keys is None:
            raise unavailable("The identity provider could not be asked for its keys.", retry_after=5)
        if (found := self._find(kid)) is None:
            raise Unauthorized("The token is signed by a key that its issuer does not publish.")
        return found

    def _find(self, kid: str) -> Key | None:
        keys = self._keys or {}
        return next(iter(keys.values())) if not kid and len(keys) == 1 else keys.get(kid)

    def _refresh(self) -> None:
        """Beside the requests: who has a key that is known waits for nobody."""
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._fetch(), name="jwks")

    async def _fetch(self) -> None:
        """One at a time; what was known stays where this fails."""
        async with self._fetching:
            if time.monotonic() - self._tried_at < self._again:
                return
            self._tried_at = time.monotonic()
            try:
                self._keys = usable(await _published(self._url))
                self._fetched_at = time.monotonic()
            except (httpx.HTTPError, TimeoutError, ValueError) as error:
                log().warning("keys of the identity provider not fetched", reason=type(error).__name__)


async def _published(url: str) -> Any:
    packed = {"Accept-Encoding": "gzip"}
    async with (
        asyncio.timeout(SECONDS),
        httpx.AsyncClient(headers=packed, timeout=SECONDS, trust_env=False) as client,
        client.stream("GET", url) as answer,
    ):
        answer.raise_for_status()
        body, more = await read_body(answer, MOST_BYTES)
    if more:
        raise ValueError(f"expected at most {MOST_BYTES} bytes of keys")
    return json.loads(body)


def usable(published: Any) -> dict[str, Key]:
    """By key id, the public keys that may sign: what is for encryption, secret, weak or of another kind is left out."""
    if not isinstance(published, dict) or not isinstance(published.get("keys"), list):
        raise ValueError("expected a JWK Set: an object with a list of keys")
    found = {}
    for one in published["keys"]:
        algorithms = _ALGORITHMS.get(f"{one.get('kty')} {one.get('crv', '')}") if isinstance(one, dict) else None
        if algorithms is None or one.get("use", "sig") != "sig":
            continue
        stated = one.get("alg")
        allowed = algorithms if stated is None else [name for name in algorithms if name == stated]
        try:
            key = jwt.PyJWK(one, algorithm=(allowed or algorithms)[0]).key
        except jwt.PyJWTError:
            continue
        if allowed and not (isinstance(key, RSAPublicKey) and key.key_size < LEAST_RSA_BITS):
            found[str(one.get("kid", ""))] = Key(key, allowed)
    return found
