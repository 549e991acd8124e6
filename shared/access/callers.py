"""Who is behind a credential: a token of our own, an API key, or a token of the identity provider.

Guessing is bounded by address, asking by caller. Whoever was known a moment ago is not shut out by a neighbour who
guesses.
"""

from collections import OrderedDict
from typing import TYPE_CHECKING

from shared.access.apikeys import PREFIX, hash_of, holder, is_secret, is_stale, mark_used
from shared.access.limits import Limit
from shared.access.oidc import Issuer, issuer_of
from shared.principal import Principal, scopes_of
from shared.problems import Problem, Unauthorized
from shared.telemetry.logs import log

if TYPE_CHECKING:
    from shared.runtime import Runtime

REMEMBERED = 4_096


class Callers:
    """One for each running service."""

    def __init__(self, runtime: "Runtime") -> None:
        settings = runtime.settings
        self._runtime = runtime
        self._issuer = Issuer.of(settings)
        self._asking, self._guessing = Limit(settings.requests_per_minute), Limit(settings.failures_per_minute)
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._unmarked: set[str] = set()

    async def recognise(self, credential: str, address: str) -> Principal:
        """Raises `Unauthorized`, or Problem 429 where this address has failed too often."""
        hashed = hash_of(credential)
        if hashed not in self._seen:
            self._guessing.require(address)
        try:
            found = await self._known(credential, hashed)
        except Unauthorized:
            self._seen.pop(hashed, None)
            self._guessing.take(address)
            raise
        self._remember(hashed)
        return found

    async def admit(self, caller: Principal) -> dict[str, str]:
        """Count a request of a caller who may make it; what its answer says of the limit, as headers. Raises Problem
        429 with when to come again."""
        left = self._asking.spend(caller.subject)
        if caller.subject in self._unmarked:
            self._unmarked.discard(caller.subject)
            await self._note_use(caller)
        return {"RateLimit-Policy": self._asking.policy, "RateLimit": left} if left else {}

    async def _known(self, credential: str, hashed: str) -> Principal:
        if credential.startswith(PREFIX):
            return await self._key(credential, hashed)
        if self._issuer is not None and issuer_of(credential) == self._issuer.name:
            return self._of_issuer(await self._issuer.verify(credential))
        return self._runtime.tokens.verify(credential)

    async def _key(self, secret: str, hashed: str) -> Principal:
        if not is_secret(secret):
            raise Unauthorized("This is not a whole API key: its checksum is wrong.")
        now = self._runtime.db.clock()
        key = await self._runtime.db.read(holder, hashed, now)
        found = Principal(f"key:{key.id}", scopes_of(self._runtime.tokens.roles, key.roles, key.scopes))
        if is_stale(key, now):
            self._unmarked.add(found.subject)
        return found

    def _of_issuer(self, named: tuple[str, list[str]]) -> Principal:
        subject, roles = named
        return Principal(subject, scopes_of(self._runtime.tokens.roles, roles))

    async def _note_use(self, key: Principal) -> None:
        """That this fails is no reason to refuse the request."""
        key_id = key.subject.partition(":")[2]
        try:
            await self._runtime.db.write(mark_used, key_id, self._runtime.key_used, by=key, lane=key_id)
        except Problem as problem:
            log().warning("use of an API key not noted", reason=problem.slug)

    def _remember(self, hashed: str) -> None:
        self._seen[hashed] = None
        self._seen.move_to_end(hashed)
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
