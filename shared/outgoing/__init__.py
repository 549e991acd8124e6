"""Requests to web addresses that users gave us: webhooks, connectors.

The promise: nothing but a public host is reached (unless `local`), whatever the name resolves to and however often it
changes its mind, since the connection goes to the very address that was checked; and no answer, slow, endless or
packed, takes more than the time and the bytes it was given. No redirect is followed and no proxy used.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType

import httpx

from shared.outgoing.addresses import Refused, is_public, literal, web_address
from shared.outgoing.bodies import read_body
from shared.problems import invalid_field

__all__ = ["Answer", "Outgoing", "Refused", "Resolve", "check_address", "require_address"]

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The IP addresses of a host, best first. Raises `OSError` where there are none."""

RESOLVE_SECONDS = 5.0
CONNECT_SECONDS = 5.0
MOST_ADDRESSES = 4
NOWHERE = "The address does not lead to a public host."
"""The same for a host that is not there and for one inside: the difference would be a map of our network."""

# A name server may take its time; it shall not take the threads that everything else in the process needs.
_resolving = ThreadPoolExecutor(max_workers=16, thread_name_prefix="resolve")


@dataclass(frozen=True, slots=True)
class Answer:
    """`truncated`: there was more than the limit, and `body` is its beginning."""

    status: int
    headers: httpx.Headers
    body: bytes
    truncated: bool


async def resolve(host: str, port: int) -> Sequence[str]:
    found = await asyncio.get_running_loop().run_in_executor(
        _resolving, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    )
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


async def check_address(url: str, *, local: bool, resolve: Resolve = resolve) -> None:
    """To be asked when an address is saved or tried. Raises `Refused`. `Outgoing` asks the same again each time."""
    try:
        async with asyncio.timeout(RESOLVE_SECONDS):
            await _checked(web_address(url, local=local), local, resolve)
    except (httpx.ConnectError, TimeoutError):
        raise Refused(NOWHERE) from None


async def require_address(url: str, *, local: bool, pointer: str = "/url") -> None:
    """`check_address` for a field of a request. Raises Problem 422 that names it."""
    try:
        await check_address(url, local=local)
    except Refused as refused:
        raise invalid_field(pointer, "address", str(refused)) from None


class Outgoing:
    """One per worker. A connection serves one request: a kept one might have been checked for another name."""

    def __init__(
        self,
        *,
        local: bool,
        seconds: float = 15.0,
        most_bytes: int = 65_536,
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._local, self._seconds, self._most_bytes, self._resolve = local, seconds, most_bytes, resolve
        unlimited = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        self._transport = httpx.AsyncHTTPTransport(
            verify=True if tls is None else tls, trust_env=False, limits=unlimited
        )

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str] = MappingProxyType({}), body: bytes = b""
    ) -> Answer:
        """Any status is an answer, redirects too. Raises `Refused`, `httpx.HTTPError`, `TimeoutError`."""
        async with asyncio.timeout(self._seconds):
            asked = web_address(url, local=self._local)
            addresses = await _checked(asked, self._local, self._resolve)
            answer = await self._ask(method, asked, _headers(asked, headers), body, addresses[:MOST_ADDRESSES])
            try:
                content, truncated = await read_body(answer, self._most_bytes)
            finally:
                await answer.aclose()
        return Answer(answer.status_code, answer.headers, content, truncated)

    async def close(self) -> None:
        await self._transport.aclose()

    async def _ask(
        self, method: str, asked: httpx.URL, headers: httpx.Headers, body: bytes, addresses: Sequence[str]
    ) -> httpx.Response:
        """From the first address that can be connected to; as long as none could, nothing was sent."""
        for address in addresses[:-1]:
            try:
                return await self._ask_at(method, asked, headers, body, address)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._ask_at(method, asked, headers, body, addresses[-1])

    async def _ask_at(
        self, method: str, asked: httpx.URL, headers: httpx.Headers, body: bytes, address: str
    ) -> httpx.Response:
        extensions: dict[str, object] = {"timeout": {"connect": CONNECT_SECONDS}}
        if not literal(_host(asked)):
            extensions["sni_hostname"] = _host(asked)  # the certificate has to be for the name
        to = asked.copy_with(host=address)
        request = httpx.Request(method, to, headers=headers, content=body, extensions=extensions)
        return await self._transport.handle_async_request(request)


async def _checked(asked: httpx.URL, local: bool, resolve: Resolve) -> Sequence[str]:
    """Where to connect to. One private address among public ones is refused: the next try might meet it."""
    host = _host(asked)
    if literal(host):
        addresses: Sequence[str] = [host]
    else:
        try:
            addresses = await resolve(host, asked.port or (443 if asked.scheme == "https" else 80))
        except (OSError, UnicodeError):
            raise httpx.ConnectError(NOWHERE) from None
    if not addresses:
        raise httpx.ConnectError(NOWHERE)
    if not local and not all(is_public(address) for address in addresses):
        raise Refused(NOWHERE)
    return addresses


def _host(asked: httpx.URL) -> str:
    return asked.raw_host.decode("ascii")


def _headers(asked: httpx.URL, headers: Mapping[str, str]) -> httpx.Headers:
    sent = httpx.Headers({"User-Agent": "rainmaker", "Accept": "*/*"})
    sent.update(headers)  # whatever the case of their names
    sent["Host"] = asked.netloc.decode("ascii")
    sent["Accept-Encoding"] = "gzip"
    return sent
