"""How networks page, against a real server: by cursor, number or link, and never to another host."""

from typing import Any

import pytest

from services.campaign_svc.connectors.pages import Again, Hopeless
from tests.campaign_svc.connectors.answers import clicks, network, row, saying
from tests.shared.receiver import ok


async def test_the_days_are_written_into_the_query_as_the_network_wants_them() -> None:
    async with network(lambda query: saying([row(1)])) as asked:
        query = {"range": '{"since":"{from}","until":"{to}"}', "fields": "clicks"}
        assert clicks(await asked.pages(query=query, date_format="%Y%m%d")) == [1]
    assert asked.queries == [{"range": '{"since":"20260124","until":"20260131"}', "fields": "clicks"}]


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        ({"kind": "none"}, b""),
        ({"kind": "bearer"}, b"Authorization: Bearer s3cret\r\n"),
        ({"kind": "header", "name": "X-Api-Key"}, b"X-Api-Key: s3cret\r\n"),
        ({"kind": "basic", "username": "ada"}, b"Authorization: Basic YWRhOnMzY3JldA==\r\n"),
    ],
)
async def test_the_credential_goes_where_the_network_expects_it(auth: dict[str, str], header: bytes) -> None:
    async with network(lambda query: saying([])) as asked:
        await asked.pages("s3cret", auth=auth)
    assert header in asked.asked[0]
    assert (b"s3cret" in asked.asked[0]) == (auth["kind"] in ("bearer", "header"))


async def test_a_header_of_the_connector_is_sent_and_never_in_place_of_the_credential() -> None:
    async with network(lambda query: saying([])) as asked:
        headers = {"X-Api-Version": "202601", "accept": "application/vnd.ads+json", "x-api-key": "public"}
        await asked.pages("s3cret", auth={"kind": "header", "name": "X-Api-Key"}, headers=headers)
    head = asked.asked[0]
    assert b"X-Api-Version: 202601\r\n" in head and b"accept: application/vnd.ads+json\r\n" in head
    assert b"X-Api-Key: s3cret\r\n" in head and b"public" not in head and b"Accept:" not in head


PARTS = [("2026-01-24", "2026-01-26"), ("2026-01-27", "2026-01-29"), ("2026-01-30", "2026-01-31")]


@pytest.mark.parametrize(
    ("paging", "places"),
    [
        ({"kind": "none"}, [{}]),
        ({"kind": "page", "parameter": "p"}, [{"p": "1"}, {"p": "2"}, {"p": "3"}]),
        ({"kind": "cursor", "parameter": "c", "path": "next"}, [{}, {"c": "more"}]),
        ({"kind": "link", "path": "next"}, [{}, {"c": "more"}]),
    ],
)
async def test_many_days_are_asked_for_in_parts_and_each_part_is_paged_from_its_beginning(
    paging: dict[str, str], places: list[dict[str, str]]
) -> None:
    def answer(query: dict[str, str]) -> bytes:
        last = query.get("p") == "3" or "c" in query
        more = f"?from={query['from']}&to={query['to']}&c=more" if paging["kind"] == "link" else "more"
        return saying({"rows": [] if last else [row(int(query.get("p", 1)))], "next": None if last else more})

    async with network(answer) as asked:
        query = {"from": "{from}", "to": "{to}"}
        pages = await asked.pages(items="rows", query=query, paging=paging, days_at_once=3)
    assert asked.queries == [{"from": first, "to": last} | place for first, last in PARTS for place in places]
    numbers = [page.follows.page for page in pages if page.follows]
    assert numbers == list(range(1, len(asked.queries)))


async def test_pages_by_number_end_with_an_empty_one() -> None:
    async with network(lambda query: saying([row(int(query["p"]))] if int(query["p"]) < 4 else [])) as asked:
        assert clicks(await asked.pages(paging={"kind": "page", "parameter": "p"})) == [1, 2, 3]
    assert [query["p"] for query in asked.queries] == ["1", "2", "3", "4"]


async def test_pages_by_number_end_with_a_short_one_where_their_size_is_known() -> None:
    async with network(lambda query: saying([row(1)] * (2 if query["p"] == "0" else 1))) as asked:
        await asked.pages(paging={"kind": "page", "parameter": "p", "first": 0, "size": 2})
    assert len(asked.queries) == 2


@pytest.mark.parametrize(
    "paging", [{"kind": "page", "parameter": "p"}, {"kind": "cursor", "parameter": "c", "path": "next"}]
)
async def test_a_network_that_gives_the_same_page_for_ever_is_noticed(paging: dict[str, str]) -> None:
    async with network(lambda query: saying({"rows": [row(1)], "next": "same"})) as asked:
        with pytest.raises(Again, match="again and again"):
            await asked.pages(items="rows", paging=paging)
    assert len(asked.queries) <= 3


@pytest.mark.parametrize("kind", ["cursor", "link"])
async def test_a_next_page_that_no_address_can_hold_is_told_and_not_asked_for(kind: str) -> None:
    paging = {"kind": kind, "path": "next"} | ({"parameter": "c"} if kind == "cursor" else {})
    async with network(lambda query: ok(b'{"rows": [], "next": "/x?y=\\ud800"}')) as asked:
        with pytest.raises(Again, match="Expected the next page"):
            await asked.pages(items="rows", paging=paging)
    assert len(asked.asked) == 1


async def test_a_query_that_makes_the_address_far_too_long_is_told() -> None:
    async with network(lambda query: saying([])) as asked:
        with pytest.raises(Hopeless, match="too long"):
            await asked.pages(query={f"p{n}": "é" * 500 for n in range(50)})
    assert asked.asked == []


@pytest.mark.parametrize("when", ["Mon, 01 Jan 99999999999 00:00:00 GMT", "Mon, 01 Jan 2024 00:00:00 +99999999999999"])
async def test_a_time_to_come_back_that_does_not_exist_is_none(when: str) -> None:
    busy = f"HTTP/1.1 429 Busy\r\nRetry-After: {when}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
    async with network(lambda query: busy) as asked:
        with pytest.raises(Again, match="429") as again:
            await asked.pages()
    assert again.value.seconds is None


async def test_a_cursor_may_be_a_number_and_ends_with_null_or_nothing() -> None:
    ends: dict[str | None, dict[str, Any]] = {None: {"next": 7}, "7": {"next": "x"}, "x": {"next": ""}}
    async with network(lambda query: saying({"rows": [row(1)]} | ends[query.get("c")])) as asked:
        await asked.pages(items="rows", paging={"kind": "cursor", "parameter": "c", "path": "next"})
    assert [query.get("c") for query in asked.queries] == [None, "7", "x"]


async def test_links_are_followed_at_the_same_host_with_the_credential() -> None:
    def answer(query: dict[str, str]) -> bytes:
        link = None if "after" in query else "?after=1#top"
        return saying({"rows": [row(1)], "paging": {"next": link}})

    async with network(answer) as asked:
        linked = {"items": "rows", "paging": {"kind": "link", "path": "paging.next"}, "auth": {"kind": "bearer"}}
        assert clicks(await asked.pages("s3cret", **linked)) == [1, 1]
    assert all(b"Bearer s3cret" in head for head in asked.asked)


@pytest.mark.parametrize("link", ["https://thief.example/", "//thief.example/", "http://127.0.0.1:1/", "http://[", 7])
async def test_a_link_to_another_host_gets_neither_request_nor_credential(link: object) -> None:
    async with network(lambda query: saying({"rows": [row(1)], "next": link})) as asked:
        if link == 7:  # a relative link like any other, and always the same
            with pytest.raises(Again):
                await asked.pages(items="rows", paging={"kind": "link", "path": "next"})
        else:
            with pytest.raises(Hopeless):
                await asked.pages(items="rows", paging={"kind": "link", "path": "next"})
            assert len(asked.asked) == 1
