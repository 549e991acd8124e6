"""What is no HTTP gets a problem, too, with an id that is in the header and in the body."""

import asyncio
import json
from email.parser import BytesHeaderParser

import pytest
import uvicorn

from shared.service.badhttp import Protocol

BROKEN = [
    b"GET /v1/bells HTTP/1.1\r\nHost: x\r\nno header\r\n\r\n",
    b"GET /a b c HTTP/1.1\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
]
"""A header without a colon, an address with blanks, and TLS where none is spoken."""


async def app(scope: object, receive: object, send: object) -> None:
    raise AssertionError("there is no request")


async def answered(sent: bytes) -> bytes:
    config = uvicorn.Config(app, http=Protocol, log_config=None)
    config.load()
    state = uvicorn.server.ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Protocol(config, state, {}), "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        writer.write(sent)
        told = await asyncio.wait_for(reader.read(), 60)
        writer.close()
    return told


@pytest.mark.parametrize("sent", BROKEN)
async def test_what_is_no_http_gets_a_problem_and_the_connection_ends(sent: bytes) -> None:
    head, _, body = (await answered(sent)).partition(b"\r\n\r\n")
    status, _, lines = head.partition(b"\r\n")
    headers, problem = BytesHeaderParser().parsebytes(lines), json.loads(body)
    assert (status, headers["connection"]) == (b"HTTP/1.1 400 Bad Request", "close")
    assert (headers["content-type"], int(headers["content-length"])) == ("application/problem+json", len(body))
    assert (problem["type"], problem["status"], problem["instance"]) == (
        "/problems/bad-request",
        400,
        headers["x-request-id"],
    )
