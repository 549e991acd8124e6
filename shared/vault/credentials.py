"""Secrets of other systems that we must be able to show them again: tokens of connectors, signing secrets of webhooks.

Each is sealed under a key derived from the master key for this purpose alone, and bound to the row that it belongs to:
a copy of the database gives none away, and a sealed secret moved to another row does not open.
"""

import hmac
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.vault.sealing import open_box, seal_box


def seal(master: bytes, text: str, bound_to: str) -> bytes:
    """`bound_to` names the row and column, such as `connectors/pul_.../credential`; opening needs the same."""
    return seal_box(_cipher(master), text.encode(), bound_to)


def open_(master: bytes, box: bytes, bound_to: str) -> str:
    """Raises `shared.vault.sealing.Tampered`."""
    return open_box(_cipher(master), box, bound_to).decode()


@lru_cache(maxsize=4)
def _cipher(master: bytes) -> AESGCM:
    return AESGCM(hmac.digest(master, b"rainmaker credentials of other systems v1", "sha256"))
