"""Requests to addresses that users gave: only where they may go, and only as long and as much as they may."""

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from shared.outgoing import Outgoing, Refused, Resolve, check_address
from tests.shared.certificates import certificate_for
from tests.shared.receiver import ok, receiving, saying

PUBLIC = "93.184.215.14"


def resolving(*answers: Sequence[str]) -> Resolve:
    """Each look-up gets the next answer, and the last one for ever."""
    left = list(answers)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


async def no_such_host(host: str, port: int) -> Sequence[str]:
    raise OSError("Name or service not known")


@asynccontextmanager
async def outgoing(
    *, local: bool = True, seconds: float = 600.0, most_bytes: int = 65_536, **given: object
) -> AsyncIterator[Outgoing]:
    sender = Outgoing(local=local, seconds=seconds, most_bytes=most_bytes, **given)  # type: ignore[arg-type]
    yield sender
    await sender.close()


async def test_an_answer_brings_status_headers_and_body() -> None:
    async with receiving(saying(ok(b"figures", b"X-Page: 2"))) as server, outgoing() as sender:
        answer = await sender.send("POST", server.url(), headers={"X-Key": "k"}, body=b"asked")
    assert (answer.status, answer.headers["x-page"], answer.body, answer.truncated) == (200, "2", b"figures", False)
    assert server.asked[0].startswith(b"POST /reports?day=1 HTTP/1.1\r\n")
    assert b"X-Key: k\r\n" in server.asked[0]
    assert server.asked[0].endswith(b"\r\n\r\nasked")


@pytest.mark.parametrize("resolved", [["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["64:ff9b::7f00:1"]])
async def test_a_name_that_leads_inside_is_refused_when_saved_and_when_sent(resolved: list[str]) -> None:
    with pytest.raises(Refused):
        await check_address("https://api.example.com/", local=False, resolve=resolving(resolved))
    async with outgoing(local=False, resolve=resolving(resolved)) as sender:
        with pytest.raises(Refused):
            await sender.send("GET", "https://api.example.com/")


async def test_a_name_that_changes_its_mind_after_the_check_reaches_nobody() -> None:
    async with receiving(saying(ok(b"secret"))) as server:
        rebinding = resolving([PUBLIC], ["127.0.0.1"])
        await check_address(server.url("api.example.com", "https"), local=False, resolve=rebinding)
        async with outgoing(local=False, resolve=rebinding) as sender:
            with pytest.raises(Refused):
                await sender.send("GET", server.url("api.example.com", "https"))
    assert server.connections == 0


async def test_each_request_connects_to_the_address_of_its_own_check() -> None:
    """Were the name resolved again behind the check, this one would not be found at all."""
    async with receiving(saying(ok(b"here"))) as server, outgoing(resolve=resolving(["127.0.0.1"])) as sender:
        answer = await sender.send("GET", server.url("api.example.invalid"))
    assert answer.body == b"here"
    assert f"Host: api.example.invalid:{server.port}\r\n".encode() in server.asked[0]


async def test_an_address_that_cannot_be_connected_to_gives_way_to_the_next() -> None:
    two = resolving(["127.0.0.2", "127.0.0.1"])
    async with receiving(saying(ok(b"here"))) as server, outgoing(resolve=two) as sender:
        assert (await sender.send("GET", server.url("api.example.com"))).body == b"here"


async def test_a_host_that_does_not_exist_and_one_inside_look_the_same() -> None:
    said = []
    for resolve in (no_such_host, resolving(["10.1.2.3"])):
        with pytest.raises(Refused) as refused:
            await check_address("https://db.corp.example/", local=False, resolve=resolve)
        said.append(str(refused.value))
    assert said[0] == said[1]


async def test_a_host_that_cannot_be_found_now_may_be_found_later() -> None:
    async with outgoing(local=False, resolve=no_such_host) as sender:
        with pytest.raises(httpx.ConnectError):
            await sender.send("GET", "https://api.example.com/")


async def test_the_certificate_has_to_be_for_the_name_and_not_for_the_address(tmp_path: Path) -> None:
    served, trusted = certificate_for("api.example.com", tmp_path)
    here = outgoing(resolve=resolving(["127.0.0.1"]), tls=trusted)
    async with receiving(saying(ok(b"sealed")), tls=served) as server, here as sender:
        assert (await sender.send("GET", server.url("api.example.com", "https"))).body == b"sealed"
        with pytest.raises(httpx.ConnectError, match="certificate"):
            await sender.send("GET", server.url("other.example.com", "https"))


async def test_a_certificate_that_nobody_vouches_for_is_not_accepted(tmp_path: Path) -> None:
    served, _ = certificate_for("api.example.com", tmp_path)
    here = outgoing(resolve=resolving(["127.0.0.1"]), tls=ssl.create_default_context())
    async with receiving(saying(ok(b"sealed")), tls=served) as server, here as sender:
        with pytest.raises(httpx.ConnectError, match="certificate"):
            await sender.send("GET", server.url("api.example.com", "https"))


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with receiving(saying(ok(b"inside"))) as inside:
        moved = b"HTTP/1.1 302 Found\r\nLocation: " + inside.url().encode() + b"\r\nContent-Length: 0\r\n\r\n"
        async with receiving(saying(moved)) as server, outgoing() as sender:
            answer = await sender.send("GET", server.url())
    assert answer.status == 302
    assert inside.connections == 0


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving(saying(ok(b"direct"))) as server, receiving(saying(ok(b"proxy"))) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url())
        monkeypatch.setenv("ALL_PROXY", proxy.url())
        async with outgoing() as sender:
            assert (await sender.send("GET", server.url())).body == b"direct"
    assert proxy.connections == 0


async def test_a_body_that_drips_ends_at_the_time_limit() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with receiving(drip) as server, outgoing(seconds=0.3) as sender:
        async with asyncio.timeout(120):
            with pytest.raises(TimeoutError):
                await sender.send("GET", server.url())


async def test_a_name_server_that_does_not_answer_ends_at_the_time_limit() -> None:
    async def silent(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    async with outgoing(seconds=0.1, resolve=silent) as sender:
        with pytest.raises(TimeoutError):
            await sender.send("GET", "http://api.example.com/")


async def test_a_huge_body_is_cut_at_the_limit_and_read_no_further() -> None:
    sent = 0

    async def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
            await writer.drain()
            sent += 0x4000

    async with receiving(endless) as server, outgoing(most_bytes=1_000) as sender:
        answer = await sender.send("GET", server.url())
    assert (answer.body, answer.truncated) == (b"x" * 1_000, True)
    assert sent < 20_000_000


async def test_a_body_of_exactly_the_limit_is_whole() -> None:
    async with receiving(saying(ok(b"x" * 1_000))) as server, outgoing(most_bytes=1_000) as sender:
        answer = await sender.send("GET", server.url())
    assert (len(answer.body), answer.truncated) == (1_000, False)


@pytest.mark.parametrize("parts", [1, 3])
async def test_a_packed_body_is_unpacked(parts: int) -> None:
    packed = b"".join(gzip.compress(b"day,clicks\n" * 9) for _ in range(parts))
    async with receiving(saying(ok(packed, b"Content-Encoding: gzip"))) as server, outgoing() as sender:
        assert (await sender.send("GET", server.url())).body == b"day,clicks\n" * 9 * parts


async def test_a_small_body_that_unpacks_to_a_huge_one_is_cut_at_the_limit() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert len(bomb) < 60_000
    async with receiving(saying(ok(bomb, b"Content-Encoding: gzip"))) as server, outgoing() as sender:
        answer = await sender.send("GET", server.url())
    assert (len(answer.body), answer.truncated) == (65_536, True)


@pytest.mark.parametrize(
    "broken",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        ok(gzip.compress(b"figures" * 99, mtime=0)[:-9], b"Content-Encoding: gzip"),
        ok(b"not packed at all", b"Content-Encoding: gzip"),
        ok(b"\x28\xb5\x2f\xfd", b"Content-Encoding: zstd"),
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"",
    ],
)
async def test_an_answer_that_breaks_off_or_cannot_be_read_is_an_error_and_no_body(broken: bytes) -> None:
    async with receiving(saying(broken)) as server, outgoing() as sender:
        with pytest.raises(httpx.HTTPError):
            await sender.send("GET", server.url())


async def test_one_silent_receiver_holds_up_nobody_else() -> None:
    async def silent(writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with receiving(silent) as dead, receiving(saying(ok(b"alive"))) as alive, outgoing() as sender:
        waiting = [asyncio.create_task(sender.send("GET", dead.url())) for _ in range(150)]
        assert (await sender.send("GET", alive.url())).body == b"alive"
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
