"""The benchmark itself works: one tiny round of what is cheapest. What it says of time is nobody's promise here."""

import asyncio
import csv
import json
import sqlite3
from collections import Counter
from contextlib import closing, suppress
from decimal import Decimal
from pathlib import Path

from bench import growth
from bench.bodies import POSTED, request_of
from bench.consuming import measure
from bench.industries import fill
from bench.load import Run, generate
from bench.made_up import write_file
from bench.report import Bar, Finding, page, ratio
from bench.rounds import TINY, interleaved
from services.analytics_svc.industries.amounts import joined
from services.analytics_svc.industries.models import PARTS
from shared.money import NANOS
from tests.eventually import eventually, until


def test_one_round_of_the_asynchronous_path_fills_its_table() -> None:
    [finding] = measure(TINY, kinds=["SQLite"])
    assert [len(row) for row in finding.rows] == [len(finding.columns)] * 6
    assert all(bar.measured > 0 for bar in finding.bars)
    assert finding.bars[0].claim in page([finding], seconds=60)


def test_rounds_are_interleaved_and_every_second_goes_backwards() -> None:
    order: list[str] = []
    interleaved({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 3, [])
    assert order == ["a", "b", "b", "a", "a", "b"]


def test_a_ratio_is_the_median_of_those_within_the_rounds() -> None:
    assert ratio([10, 2, 30], [5, 2, 3]) == 2


def test_a_bar_says_whether_it_is_met_by_how_much_it_is_missed_and_why() -> None:
    assert "**met**" in Bar("rows", 4.1, 4).line()
    assert "**missed by 25%**" in Bar("rows", 3, 4, why="Because.").line()
    assert "**missed by 50%**" in Bar("time", 3, 2, at_least=False, why="Because.").line()
    assert Bar("rows", 3, 4, why="Because.").line().endswith("Because.")


def test_a_page_counts_the_bars_that_are_missed() -> None:
    finding = Finding("Title", "About.", ["what", "time"], [["x", "1"]], [Bar("a", 1, 2), Bar("b", 2, 1)])
    assert "Of 2 bars 1 are met, 1 missed." in page([finding], seconds=60)


async def test_each_caller_asks_again_when_it_is_answered() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):  # the caller has hung up
            while head := await reader.readuntil(b"\r\n\r\n"):
                await reader.readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
                writer.write(b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}")
        writer.close()
        await writer.wait_closed()
        ended.append(writer)

    ended: list[asyncio.StreamWriter] = []
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:

        async def a_moment() -> Counter[str] | None:
            run, before = Run(request_of("/v1/leads", "token"), seconds=0.1, warm=0.0), len(ended)
            await generate(server.sockets[0].getsockname()[1], run, connections=2)
            await until(lambda: len(ended) == before + 2)  # both connections are gone before the loop is
            return run.statuses if run.statuses["201"] > 2 else None

        statuses = await eventually(a_moment)  # again where the machine stood still just then
    assert set(statuses) == {"201"}


def test_what_is_stored_a_hundred_times_is_what_facts_would_have_stored() -> None:
    [finding] = growth.measure(TINY)
    assert [row[0] for row in finding.rows[:2]] == [
        "companies, any of them, 20 stored",
        "companies, any of them, 2,000 stored",
    ]
    assert len(finding.bars) == 3
    assert all(bar.measured > 0 for bar in finding.bars)


def test_the_file_and_the_stored_figures_hold_the_same_companies(tmp_path: Path) -> None:
    write_file(tmp_path / "companies.csv", 2_000)
    fill(tmp_path / "analytics.db", 2_000)
    assert sums_stored(tmp_path / "analytics.db") == sums_of(tmp_path / "companies.csv")


def sums_of(file: Path) -> dict[tuple[str, str], tuple[int, Decimal, Decimal]]:
    """By industry and currency: complete companies, their revenue and profit, by the file."""
    found: dict[tuple[str, str], tuple[int, Decimal, Decimal]] = {}
    with file.open() as lines:
        for row in csv.DictReader(lines):
            if all(row.values()):
                key = row["industry"], row["currency"]
                n, revenue, profit = found.get(key, (0, Decimal(0), Decimal(0)))
                found[key] = n + 1, revenue + Decimal(row["revenue"]), profit + Decimal(row["profit"])
    return found


def sums_stored(path: Path) -> dict[tuple[str, str], tuple[int, Decimal, Decimal]]:
    """The same, by the roll-up."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT * FROM industry_figures WHERE missing = ''").fetchall()
    names = ("industry", "currency", "missing", "n", *PARTS)
    named = [dict(zip(names, row, strict=False)) for row in rows]
    return {
        (row["industry"], row["currency"]): (row["n"], _amount(row, "revenue"), _amount(row, "profit")) for row in named
    }


def _amount(row: dict[str, int], what: str) -> Decimal:
    return Decimal(joined(*(row[f"{what}_{part}"] for part in ("billions", "units", "nanos")))) / NANOS


def test_every_posted_row_has_a_key_of_its_own() -> None:
    for path in POSTED:
        ask = request_of(path, "token", rows=3)
        rows = [row for _ in range(2) for [row] in [json.loads(ask().partition(b"\r\n\r\n")[2]).values()]]
        assert len({json.dumps(one) for row in rows for one in row}) == 6
