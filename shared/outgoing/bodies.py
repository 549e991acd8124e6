"""The body of an answer, read as it comes and never beyond a limit, packed or not.

Ten kilobytes of gzip can be ten megabytes of zeros, so what is limited is what comes out, before it comes out.
"""

import zlib
from typing import Protocol

import httpx


async def read_body(answer: httpx.Response, most_bytes: int) -> tuple[bytes, bool]:
    """The first `most_bytes` of the body, and whether there was more. Raises `httpx.HTTPError`: one that ends early is
    no body.
    """
    unpack, body, received = _unpacking(answer.headers.get("content-encoding", "")), bytearray(), 0
    async for chunk in answer.aiter_raw():
        received += len(chunk)
        body += unpack.some(chunk, most_bytes + 1 - len(body))
        if len(body) > most_bytes or received > most_bytes:
            return bytes(body[:most_bytes]), True
    unpack.end()
    return bytes(body), False


class _Unpacking(Protocol):
    def some(self, chunk: bytes, limit: int) -> bytes: ...
    def end(self) -> None: ...


class _Plain:
    def some(self, chunk: bytes, limit: int) -> bytes:
        return chunk[:limit]

    def end(self) -> None:
        """HTTP itself knows whether a plain body is complete."""


class _Gzip:
    def __init__(self) -> None:
        self._stream, self._begun = _gzip(), False

    def some(self, chunk: bytes, limit: int) -> bytes:
        """At most `limit` bytes; at the limit the rest is left, since nobody will ask for it."""
        out = bytearray()
        while chunk and len(out) < limit:
            if self._stream.eof:  # several packed files, one behind the other, are one
                self._stream = _gzip()
            self._begun = True
            out += self._unpacked(chunk, limit - len(out))
            chunk = self._stream.unused_data
        return bytes(out)

    def end(self) -> None:
        if self._begun and not self._stream.eof:
            raise httpx.DecodingError("The packed body ends too early.")

    def _unpacked(self, chunk: bytes, limit: int) -> bytes:
        try:
            return self._stream.decompress(chunk, limit)
        except zlib.error:
            raise httpx.DecodingError("The packed body is broken.") from None


def _gzip() -> "zlib._Decompress":
    return zlib.decompressobj(zlib.MAX_WBITS | 16)


def _unpacking(encoding: str) -> _Unpacking:
    if encoding.strip().lower() in ("", "identity"):
        return _Plain()
    if encoding.strip().lower() in ("gzip", "x-gzip"):
        return _Gzip()
    raise httpx.DecodingError("The body is packed in another way than gzip, which alone was asked for.")
