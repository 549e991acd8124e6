"""What a body may be, and that each refusal names the place and repeats nothing."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

JSON = {"Content-Type": "application/json"}


async def post(client: httpx.AsyncClient, raw: bytes | AsyncIterator[bytes], **headers: str) -> httpx.Response:
    return await client.post("/v1/things", content=raw, headers={**JSON, **headers})


def nested(levels: int) -> bytes:
    """A body whose `attributes` go so deep that the whole has this many levels."""
    inner = levels - 2
    return b'{"name":"a","attributes":{"deep":' + b"[" * inner + b"]" * inner + b"}}"


@pytest.mark.parametrize(
    ("raw", "status", "slug", "pointer"),
    [
        (b'{"name":', 400, "invalid-json", None),
        (b"", 422, "invalid-fields", ""),
        (b"\xff\xfe", 400, "invalid-json", None),
        (b'{"name":"\xed\xa0\x80"}', 400, "invalid-json", None),
        (b'{"name":"a","attributes":{"x":NaN}}', 400, "invalid-json", "/attributes/x"),
        (b'{"name":"a","attributes":{"x":[1,-Infinity]}}', 400, "invalid-json", "/attributes/x/1"),
        (b'{"name":"a","attributes":{"x":1e400}}', 400, "invalid-json", "/attributes/x"),
        (b'{"name":"a","count":9223372036854775808}', 422, "invalid-fields", "/count"),
        (b'{"name":"a","count":-9223372036854775809}', 422, "invalid-fields", "/count"),
        (b'{"name":"a","count":1' + b"0" * 5000 + b"}", 422, "invalid-fields", "/count"),
        (b'{"name":"a","count":1e30}', 422, "invalid-fields", "/count"),
        (b'{"name":"a","attributes":{"n":18446744073709551616}}', 422, "invalid-fields", "/attributes/n"),
        (b'{"name":"a\\u0000b"}', 422, "invalid-fields", "/name"),
        (b'{"name":"a","attributes":{"x":{"y":"\\u0000"}}}', 422, "invalid-fields", "/attributes/x/y"),
        (b'{"name":"a","attributes":{"x":"\\ud800"}}', 422, "invalid-fields", "/attributes/x"),
        (b'{"name":"a","attributes":{"\\udfff":1}}', 422, "invalid-fields", "/attributes/?"),
        (nested(33), 400, "invalid-json", None),
        (b"[" * 100_000, 400, "invalid-json", None),
        (b'{"name":"a","nmae":"b"}', 422, "invalid-fields", "/nmae"),
        (b'{"name":"a","size":{"kind":"small","width":"x"}}', 422, "invalid-fields", "/size/width"),
        (b'{"name":"a","size":{"kind":"small"}}', 422, "invalid-fields", "/size/width"),
        (b'{"name":"a","size":{"kind":"middle"}}', 422, "invalid-fields", "/size"),
        (b'{"name":{"a~b/c":1}}', 422, "invalid-fields", "/name"),
        (b"[]", 422, "invalid-fields", ""),
    ],
)
async def test_a_bad_body_is_refused_by_name(
    client: httpx.AsyncClient, raw: bytes, status: int, slug: str, pointer: str | None
) -> None:
    answer = await post(client, raw)
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (status, f"/problems/{slug}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["pointer"] for error in problem["errors"]] == ([] if pointer is None else [pointer])


async def test_depth_32_and_the_largest_integer_are_accepted(client: httpx.AsyncClient) -> None:
    assert (await post(client, nested(32))).status_code == 201
    assert (await post(client, b'{"name":"b","count":9223372036854775807}')).status_code == 201


async def test_text_that_only_looks_like_an_escaped_nul_is_accepted(client: httpx.AsyncClient) -> None:
    assert (await post(client, b'{"name":"a\\\\u0000"}')).status_code == 201


async def test_all_failing_fields_are_named_at_once(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/things", json={"email": "no", "count": "x", "extra": 1})
    assert {error["pointer"] for error in answer.json()["errors"]} == {"/name", "/email", "/count", "/extra"}


async def test_ten_megabytes_are_refused_by_their_declared_length(client: httpx.AsyncClient) -> None:
    answer = await post(client, b" " * 10_000_000)
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")


async def test_ten_megabytes_without_a_length_are_refused_as_they_come(client: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(160):
            sent += 65_536
            yield b" " * 65_536

    answer = await post(client, endless())
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")
    assert sent <= 2 * 1024 * 1024


async def test_a_batch_may_have_eight_megabytes_and_no_more(client: httpx.AsyncClient) -> None:
    rows = json.dumps([{"text": "x" * 1_000}] * 2_000).encode()
    assert (await client.post("/v1/things:batch", content=rows, headers=JSON)).json() == 2_000
    assert (await client.post("/v1/things:batch", content=b" " * 9_000_000, headers=JSON)).status_code == 413


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
async def test_only_json_is_read(client: httpx.AsyncClient, media: str) -> None:
    answer = await client.post("/v1/things", content=b'{"name":"a"}', headers={"Content-Type": media} if media else {})
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/unsupported-media-type")


async def test_json_with_a_charset_or_of_a_kind_of_its_own_is_read(client: httpx.AsyncClient) -> None:
    for name, media in (("a", "application/json; charset=utf-8"), ("b", "application/merge-patch+json")):
        body = json.dumps({"name": name}).encode()
        assert (await client.post("/v1/things", content=body, headers={"Content-Type": media})).status_code == 201


CANARY = "jane.canary"

BODIES: list[dict[str, Any]] = [
    {"name": f"{CANARY}\x00"},
    {"name": CANARY * 100},
    {"name": "a", "email": f"{CANARY}@@example"},
    {"name": "a", "email": f"x@{CANARY}.invalid_"},
    {"name": "a", "count": CANARY},
    {"name": "a", "seen_at": CANARY},
    {"name": "a", "size": {"kind": CANARY}},
    {"name": "a", "size": CANARY},
    {"name": [CANARY]},
    {"name": "a", "unknown": CANARY},
    {"name": "a", "attributes": {"x": f"{CANARY}\x00"}},
]


@pytest.mark.parametrize("body", BODIES)
async def test_nothing_of_what_was_sent_comes_back_or_is_logged(
    client: httpx.AsyncClient, body: dict[str, Any], logged: Any
) -> None:
    answer = await client.post("/v1/things", json=body)
    assert answer.status_code == 422, answer.text
    assert CANARY not in answer.text
    assert CANARY not in logged.getvalue()


@pytest.mark.parametrize("raw", [f'{{"name": "{CANARY}', f'{{"name": "{CANARY}", "n": NaN}}', f'"{CANARY}\\ud800"'])
async def test_nothing_of_a_body_that_is_not_json_comes_back_or_is_logged(
    client: httpx.AsyncClient, raw: str, logged: Any
) -> None:
    answer = await post(client, raw.encode())
    assert answer.status_code in (400, 422)
    assert CANARY not in answer.text + logged.getvalue()


async def test_neither_path_nor_query_nor_header_comes_back_or_is_logged(
    client: httpx.AsyncClient, logged: Any
) -> None:
    answers = [
        await client.get(f"/v1/things/{CANARY}"),
        await client.get(f"/{CANARY}"),
        await client.get(f"/v1/things?limit={CANARY}&sort={CANARY}&cursor={CANARY}"),
        await client.put("/v1/things/lamp", json={"name": "a"}, headers={"If-Match": CANARY}),
        await client.post("/v1/things", json={"name": "a"}, headers={"Idempotency-Key": f"{CANARY} {CANARY}"}),
        await client.get("/v1/things/lamp", headers={"Authorization": f"Bearer {CANARY}"}),
        await client.get("/v1/things/lamp", headers={"X-Request-Id": f"{CANARY}@example.com"}),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 422, 422, 422, 401, 200]
    assert CANARY not in "".join(f"{answer.headers}{answer.text}" for answer in answers)
    assert CANARY not in logged.getvalue()


async def test_a_nul_in_path_or_query_is_refused(client: httpx.AsyncClient) -> None:
    for url, pointer in (("/v1/things/a%00b", "/path"), ("/v1/things?kind=a%00b", "/query")):
        answer = await client.get(url)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
