"""Every form in which networks answer, against a real server: lists, CSV, and what cannot be trusted."""

import gzip
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from services.campaign_svc.connectors.pages import Again, Hopeless
from tests.campaign_svc.connectors.answers import MAPPING, clicks, network, row, saying
from tests.shared.receiver import ok

CSV = {"format": "csv"}


@pytest.mark.parametrize(
    ("body", "given"),
    [
        (b"day,clicks\n2026-01-30,5\n", {}),
        (b'\xef\xbb\xbf"day","clicks"\r\n\r\n2026-01-30,"5"\r\n', {}),
        ("name;clicks;day\nJosé;5;2026-01-30".encode("latin-1"), {"delimiter": ";", "encoding": "latin-1"}),
        ("day\tclicks\n2026-01-30\t5".encode("utf-16"), {"delimiter": "\t", "encoding": "utf-16"}),
    ],
)
async def test_csv_is_read_by_its_header(body: bytes, given: dict[str, str]) -> None:
    async with network(lambda query: ok(body)) as asked:
        assert clicks(await asked.pages(**CSV, **given)) == [5]


async def test_a_packed_csv_file_tells_its_end_by_itself() -> None:
    packed = gzip.compress(b"day,clicks\n2026-01-30,5\n")
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    async with network(lambda query: answer + packed) as asked:
        assert clicks(await asked.pages(**CSV)) == [5]
    async with network(lambda query: answer + packed[:-5]) as cut:
        with pytest.raises(Again):
            await cut.pages(**CSV)


async def test_a_csv_file_whose_end_cannot_be_known_is_not_believed() -> None:
    async with network(lambda query: b"HTTP/1.0 200 OK\r\n\r\nday,clicks\n2026-01-30,5\n") as asked:
        with pytest.raises(Hopeless, match="cannot be known"):
            await asked.pages(**CSV)


async def test_a_line_with_too_few_cells_is_left_out_and_told() -> None:
    async with network(lambda query: ok(b"day,clicks\n2026-01-30\n2026-01-30,5\n2026-01-29,x\n")) as asked:
        [page] = await asked.pages(**CSV)
    assert [(one.row, one.field) for one in page.rejected] == [(1, "row"), (3, "clicks")]
    assert clicks([page]) == [5]


@pytest.mark.parametrize(
    ("answer", "given", "said"),
    [
        (ok(b"{"), {}, "not JSON"),
        (ok(b""), {}, "not JSON"),
        (ok(b"[" * 100_000), {}, "not JSON"),
        (ok(b'[{"day": NaN}]'), {}, "not JSON"),
        (ok(b'[{"clicks": 1e99999999999999999999}]'), {}, "not JSON"),
        (ok(b"[" + b"9" * 5_000 + b"]"), {}, "not JSON"),
        (ok(b'{"error": "no"}'), {"items": "data"}, "`items`"),
        (ok(b'{"data": []}'), {}, "`items`"),
        (
            ok(b'{"data": [], "next": {"a": 1}}'),
            {"items": "data"} | {"paging": {"kind": "link", "path": "next"}},
            "next",
        ),
        (ok(b"day;clicks\n2026-01-30;5\n"), CSV, "no column 'clicks'"),
        (ok(b"day,clicks,clicks\n2026-01-30,5,6\n"), CSV, "more than once"),
        (ok(b'day,clicks\n2026-01-30,"5\n'), CSV, "not CSV"),
        (ok(b"day,clicks\n\xff\xfe,5\n"), CSV, "utf-8"),
        (ok(b"[]", b"X-At: noon"), {"mapping": MAPPING | {"as_of": {"header": "X-At"}}}, "X-At"),
    ],
)
async def test_an_answer_that_cannot_be_read_says_what_to_look_at(
    answer: bytes, given: dict[str, Any], said: str
) -> None:
    async with network(lambda query: answer) as asked:
        with pytest.raises(Again) as again:
            await asked.pages(**given)
    assert said in again.value.reason
    assert again.value.tries


@pytest.mark.parametrize("status", [b"301 Moved", b"400 Bad", b"401 Who", b"403 No", b"404 Where", b"410 Gone"])
async def test_a_refusal_is_not_repeated(status: bytes) -> None:
    async with network(lambda query: b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n") as asked:
        with pytest.raises(Hopeless, match=status[:3].decode()):
            await asked.pages()


async def test_an_answer_without_content_has_no_rows() -> None:
    async with network(lambda query: b"HTTP/1.1 204 No Content\r\n\r\n") as asked:
        assert clicks(await asked.pages()) == []


async def test_a_page_that_is_too_large_says_so() -> None:
    async with network(lambda query: saying([row(1)] * 10_000)) as asked:
        with pytest.raises(Hopeless, match="larger than"):
            await asked.pages()


@pytest.mark.parametrize(
    ("value", "format"), [("Fri, 30 Jan 2026 06:00:00 GMT", None), ("2026-01-30T06:00:00Z", None), ("300126", "%d%m%y")]
)
async def test_the_time_of_the_figures_may_stand_in_a_header(value: str, format: str | None) -> None:
    source = {"header": "Last-Modified"} | ({"format": "%d%m%Y"} if format else {})
    sent = value if format is None else "30012026"
    async with network(lambda query: ok(orjson.dumps([row(1)]), f"Last-Modified: {sent}".encode())) as asked:
        [page] = await asked.pages(mapping=MAPPING | {"as_of": source})
    assert page.metrics[0].as_of == datetime(2026, 1, 30, 0 if format else 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (b"30", 30.0),
        (b"999999999999", 3_600.0),
        (b"-1", None),
        (b"soon", None),
        (b"Fri, 30 Jan 2026 06:00:00 GMT", 0.0),
    ],
)
async def test_a_busy_network_is_believed_for_at_most_an_hour(header: bytes, seconds: float | None) -> None:
    busy = b"HTTP/1.1 429 Busy\r\nContent-Length: 0\r\nRetry-After: " + header + b"\r\n\r\n"
    async with network(lambda query: busy) as asked:
        with pytest.raises(Again) as again:
            await asked.pages()
    assert again.value.seconds == seconds
    assert again.value.tries is None
