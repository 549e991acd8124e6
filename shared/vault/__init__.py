"""What only the entitled can read: identifying data sealed under a key per person, and keyed hashes to find it by.

A sealed blob is bound to its row, so it cannot be moved to another. Without the person's key nobody can read it, the
holder of the master key included: to erase a person is to forget the key.
"""

import asyncio
import os
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import suppress
from datetime import timedelta

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.clock import Clock, utc_now
from shared.ids import new_id
from shared.vault.keystore import KeyStore, WrappedKey, open_keystore
from shared.vault.sealing import PersonKey, Tampered, digest, open_box, seal_box

__all__ = ["KeyGone", "PersonKey", "Tampered", "Vault"]

BATCH = 100
LOW_WATER = 50
POOLED_FOR = 600
"""Seconds that a key may wait for its person: far less than `SWEPT_AFTER`, so none is swept while it is being used."""
SWEPT_AFTER = timedelta(hours=1)
REMEMBERED = 10_000
REMEMBERED_FOR = 60.0
"""Seconds for which another process may still use a key that this one forgot."""


class KeyGone(Exception):
    """The key was forgotten, and what it sealed with it."""


class Vault:
    """One for each process. `new_key` does not wait for the disk: it hands out keys that are already durable."""

    def __init__(self, master_key: bytes, keys: KeyStore, clock: Clock = utc_now) -> None:
        if len(master_key) != 32:
            raise ValueError(f"the master key must be 32 bytes, not {len(master_key)}")
        self._wrapping = AESGCM(_derived(master_key, b"wrap persons' keys"))
        self._lookup = _derived(master_key, b"look up")
        self._keys, self._clock = keys, clock
        self._pool: deque[tuple[float, PersonKey]] = deque()
        self._refilling: asyncio.Task[None] | None = None
        self._known: OrderedDict[str, tuple[float, PersonKey]] = OrderedDict()

    @classmethod
    def open(cls, keys_url: str, master_key: bytes) -> "Vault":
        return cls(master_key, open_keystore(keys_url))

    async def new_key(self) -> PersonKey:
        """A key that nobody has and that is durable; unused, it is swept later."""
        while True:
            oldest_useful = self._now() - POOLED_FOR
            while self._pool and self._pool[0][0] < oldest_useful:
                self._pool.popleft()
            if len(self._pool) <= LOW_WATER:
                self._refill()
            if self._pool:
                return self._remember(self._pool.popleft()[1])
            if self._refilling:
                await asyncio.shield(self._refilling)  # one caller that gives up must not stop it for the others

    async def key(self, key_id: str) -> PersonKey:
        """Raises `KeyGone` when it was forgotten; other processes than the one that forgot notice within a minute."""
        found = await self.keys([key_id])
        if key_id not in found:
            raise KeyGone("The key of this person was erased; what it sealed cannot be read.")
        return found[key_id]

    async def keys(self, key_ids: Iterable[str]) -> dict[str, PersonKey]:
        """Those that are not forgotten, with one question to the store."""
        wanted = set(key_ids)
        found = {key_id: key for key_id in wanted if (key := self._recalled(key_id))}
        if missing := wanted - found.keys():
            wrapped = await self._keys.get(missing)
            found |= {key_id: self._remember(self._unwrapped(key_id, box)) for key_id, box in wrapped.items()}
        return found

    def lookup(self, kind: str, value: str) -> str:
        """A keyed hash to find equal values by; the same value of two kinds has two. 32 characters."""
        return digest(self._lookup, kind, value.encode())

    async def forget(self, key_id: str) -> None:
        """Erasure: what this key sealed is unreadable from now on, in every copy."""
        await self._keys.remove([key_id])
        self._known.pop(key_id, None)  # afterwards, for somebody may have read it meanwhile

    async def sweep(
        self,
        in_use: Callable[[Collection[str]], Awaitable[Collection[str]]],
        older_than: timedelta = SWEPT_AFTER,
    ) -> int:
        """Remove keys that no row uses, and say how many. `in_use` tells which of the ids have a row.

        Never those made within the last hour: a capture may be about to use one. A key once found in use is not asked
        about again: only `forget` ends it.
        """
        before, last, swept = int((self._clock() - max(older_than, SWEPT_AFTER)).timestamp()), "", 0
        while page := await self._keys.unproven(before, last):
            used = set(await in_use(page))
            await self._keys.mark_in_use([key_id for key_id in page if key_id in used])
            unused = [key_id for key_id in page if key_id not in used]
            await self._keys.remove(unused)
            for key_id in unused:
                self._known.pop(key_id, None)
            last, swept = page[-1], swept + len(unused)
        return swept

    async def ping(self) -> None:
        """Raises Problem 503 when the store of keys cannot serve."""
        await self._keys.ping()

    async def close(self) -> None:
        if self._refilling:
            with suppress(Exception):  # whoever waited for it was told; here it only has to have ended
                await self._refilling
        await self._keys.close()

    def _refill(self) -> None:
        if self._refilling is None or self._refilling.done():
            self._refilling = asyncio.create_task(self._add_to_pool())
            self._refilling.add_done_callback(_retrieved)

    async def _add_to_pool(self) -> None:
        now = self._now()
        fresh = [PersonKey(new_id("key"), os.urandom(32)) for _ in range(BATCH)]
        await self._keys.add([WrappedKey(key.id, self._wrapped(key), int(now)) for key in fresh])
        self._pool.extend((now, key) for key in fresh)

    def _now(self) -> float:
        return self._clock().timestamp()

    def _wrapped(self, key: PersonKey) -> bytes:
        return seal_box(self._wrapping, key.secret, key.id)

    def _unwrapped(self, key_id: str, box: bytes) -> PersonKey:
        return PersonKey(key_id, open_box(self._wrapping, box, key_id))

    def _remember(self, key: PersonKey) -> PersonKey:
        self._known[key.id] = (time.monotonic() + REMEMBERED_FOR, key)
        self._known.move_to_end(key.id)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return key

    def _recalled(self, key_id: str) -> PersonKey | None:
        until, key = self._known.get(key_id, (0.0, None))
        if key is None or until < time.monotonic():
            self._known.pop(key_id, None)
            return None
        self._known.move_to_end(key_id)
        return key


def _derived(master_key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"rainmaker/1/" + purpose).derive(master_key)


def _retrieved(task: asyncio.Task[None]) -> None:
    """A refill that failed is told to who waits for it; nobody waiting, the next `new_key` tries again."""
    if not task.cancelled():
        task.exception()
