"""Sealing: AES-256-GCM boxes that open only with their key and only where they belong, and keyed hashes. Pure.

A box is a version byte, a random nonce of 96 bits, and the cipher text with its tag; the version and what the box is
bound to are authenticated with it. One key seals one person's few rows, far below the 2^32 boxes that a random nonce
allows (NIST SP 800-38D).
"""

import hmac
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"
_NONCE = 12
_SHORTEST = 1 + _NONCE + 16


class Tampered(Exception):
    """The box was changed, was sealed with another key, or belongs to another row."""


@dataclass(frozen=True, slots=True)
class PersonKey:
    """The key of one person. It shows its id only."""

    id: str
    secret: bytes = field(repr=False)
    _cipher: AESGCM = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_cipher", AESGCM(self.secret))

    def seal(self, plain: bytes, bound_to: str) -> bytes:
        """`bound_to` names the row and column, such as `contacts/con_.../identity`; opening needs the same."""
        return seal_box(self._cipher, plain, bound_to)

    def open(self, blob: bytes, bound_to: str) -> bytes:
        """Raises `Tampered`."""
        return open_box(self._cipher, blob, bound_to)


def seal_box(cipher: AESGCM, plain: bytes, bound_to: str) -> bytes:
    nonce = _nonce()
    return VERSION + nonce + cipher.encrypt(nonce, plain, VERSION + bound_to.encode())


def _nonce() -> bytes:
    """Each is given once. Taken from the system by the thousand: a call for each would cost more than the sealing."""
    try:
        return _nonces.pop()
    except IndexError:
        block = os.urandom(_NONCE * 1_000)
        _nonces.extend(block[at : at + _NONCE] for at in range(_NONCE, len(block), _NONCE))
        return block[:_NONCE]


_nonces: list[bytes] = []
os.register_at_fork(after_in_child=_nonces.clear)  # a child must not give what its parent gives


def open_box(cipher: AESGCM, box: bytes, bound_to: str) -> bytes:
    if len(box) < _SHORTEST or box[:1] != VERSION:
        raise Tampered("This is no sealed box of version 1.")
    try:
        return cipher.decrypt(box[1 : 1 + _NONCE], box[1 + _NONCE :], VERSION + bound_to.encode())
    except InvalidTag:
        raise Tampered("The sealed box was changed, has another key, or belongs to another row.") from None


_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [a + b for a in _LETTERS for b in _LETTERS]
"""Base 32 of RFC 4648, two letters at a time: the library's own takes longer than the hash."""


def digest(key: bytes, kind: str, content: bytes) -> str:
    """HMAC-SHA-256 of the content and its kind, cut to 160 bits: 32 characters of base 32."""
    label = kind.encode()
    mac = hmac.digest(key, len(label).to_bytes(2, "big") + label + content, "sha256")
    number = int.from_bytes(mac[:20])
    return "".join([_PAIRS[(number >> shift) & 1023] for shift in range(150, -1, -10)])
