"""Keyset pages: nothing twice, nothing skipped, in every order, on both databases; and a cursor that cannot be bent."""

import base64
import itertools
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import create_engine, insert, select
from sqlmodel import Session

from shared.database import Tx
from shared.principal import Principal
from shared.web import Page
from shared.web.pages import Paging, Term, after
from tests.fixtures import MakeDatabase
from tests.shared.web import things

SEEN = datetime(2026, 1, 31, 9, 30)


def rows(seed: int = 1) -> list[dict[str, Any]]:
    """Sixty things with many ties and many NULLs, in no order."""
    chance = random.Random(seed)
    made = [
        {
            "id": f"thing-{n:02}",
            "name": chance.choice("abc"),
            "kind": chance.choice(["lamp", "chair", None]),
            "weight": chance.choice([None, -1, 0, 7]),
            "seen_at": SEEN + timedelta(microseconds=chance.randrange(4)),
        }
        for n in range(60)
    ]
    chance.shuffle(made)
    return made


def store(tx: Tx, made: list[dict[str, Any]]) -> None:
    tx.session.execute(insert(things.THINGS), made)


COLUMNS = ["name", "kind", "weight", "seen_at"]
ORDERS = [
    *[((name, down),) for name in COLUMNS for down in (False, True)],
    *[((a, x), (b, y)) for a, b in itertools.permutations(COLUMNS, 2) for x, y in ((False, True), (True, False))],
]


def in_order(made: list[dict[str, Any]], order: Any, id_down: bool) -> list[str]:
    """The same order, told to Python: sort by the least important first."""
    found = sorted(made, key=lambda row: row["id"], reverse=id_down)
    for name, down in reversed(order):
        present = sorted((r for r in found if r[name] is not None), key=lambda r: r[name], reverse=down)
        # `reverse` keeps the order of ties, so NULLs, last in both directions, only need to be put behind.
        found = present + [r for r in found if r[name] is None]
    return [row["id"] for row in found]


async def test_pages_in_every_mixed_order_give_each_row_once(make_database: MakeDatabase) -> None:
    db, made = make_database(things.METADATA), rows()
    await db.write(store, made, by=Principal("user:tester"))

    def read(session: Session, terms: tuple[Term, ...]) -> list[str]:
        found: list[str] = []
        position: tuple[Any, ...] | None = None
        while True:
            paging = Paging(7, terms, position, b"", lambda content: str(len(content)))
            query = select(things.THINGS.c.id, *(term.column for term in terms))
            page: Page[list[Any]] = paging.page(session, query, lambda *values: list(values))
            found += [item[0] for item in page.items]
            if page.next_cursor is None:
                return found
            position = tuple(page.items[-1][1:])

    for order in ORDERS:
        columns = [Term(things.THINGS.c[name], down, nullable=name in ("kind", "weight")) for name, down in order]
        terms = (*columns, Term(things.THINGS.c.id, descending=True))
        assert await db.read(read, terms) == in_order(made, order, id_down=True), order


async def test_a_deep_page_begins_at_its_place_in_the_index(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/plan.db")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE things (id TEXT PRIMARY KEY, seen_at TEXT NOT NULL)")
        connection.exec_driver_sql("CREATE INDEX seen ON things (seen_at, id)")
        terms = (Term(things.THINGS.c.seen_at, descending=True), Term(things.THINGS.c.id, descending=True))
        query = (
            select(things.THINGS.c.id).where(after(terms, (SEEN, "x"))).order_by(*(term.ordered() for term in terms))
        )
        sql = str(query.compile(engine, compile_kwargs={"literal_binds": True}))
        plan = " ".join(str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}"))
    engine.dispose()
    assert "SEARCH things USING COVERING INDEX seen (seen_at<?)" in plan
    assert "TEMP B-TREE" not in plan


async def listed(client: httpx.AsyncClient, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = (await client.get("/v1/things", params={**asked, **({"cursor": cursor} if cursor else {})})).json()
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


@pytest.fixture
async def stocked(app: FastAPI, client: httpx.AsyncClient) -> httpx.AsyncClient:
    await app.state.runtime.db.write(store, rows(), by=Principal("user:tester"))
    return client


@pytest.mark.parametrize("sort", [sign + name for name in COLUMNS for sign in ("", "-")])
async def test_a_list_can_be_walked_over_http_in_each_order(stocked: httpx.AsyncClient, sort: str) -> None:
    name, down = sort.removeprefix("-"), sort.startswith("-")
    by_id = {row["id"]: row for row in rows()}
    expected = [by_id[id] for id in in_order(rows(), [(name, down)], id_down=down)]
    shown = await listed(stocked, sort=sort, limit=11)
    assert shown == [{"name": row["name"], "kind": row["kind"], "weight": row["weight"]} for row in expected]


async def test_without_asking_a_page_has_fifty_and_the_last_says_so(stocked: httpx.AsyncClient) -> None:
    first = (await stocked.get("/v1/things")).json()
    last = (await stocked.get("/v1/things", params={"cursor": first["next_cursor"]})).json()
    assert (len(first["items"]), len(last["items"]), last["next_cursor"]) == (50, 10, None)


async def test_a_full_last_page_has_no_cursor(stocked: httpx.AsyncClient) -> None:
    assert (await stocked.get("/v1/things?limit=60")).json()["next_cursor"] is None


@pytest.mark.parametrize(
    "asked", [{"limit": 0}, {"limit": 201}, {"limit": "x"}, {"sort": "secret"}, {"sort": "--name"}]
)
async def test_limit_and_sort_are_checked(stocked: httpx.AsyncClient, asked: dict[str, Any]) -> None:
    answer = await stocked.get("/v1/things", params=asked)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/query/{next(iter(asked))}")


async def test_a_cursor_is_good_only_for_its_list(stocked: httpx.AsyncClient) -> None:
    cursor = (await stocked.get("/v1/things?kind=lamp&sort=name&limit=2")).json()["next_cursor"]
    good = await stocked.get("/v1/things", params={"kind": "lamp", "sort": "name", "limit": 5, "cursor": cursor})
    assert good.status_code == 200
    flipped = cursor[:-2] + ("A" if cursor[-2] != "A" else "B") + cursor[-1]
    forged = base64.urlsafe_b64encode(b"0" * 24 + b'["a","b"]').decode()
    for other in (
        {"kind": "chair", "sort": "name", "cursor": cursor},
        {"kind": "lamp", "sort": "-name", "cursor": cursor},
        {"sort": "name", "cursor": cursor},
        *({"kind": "lamp", "sort": "name", "cursor": bad} for bad in (flipped, forged, "", "ä", "%%%", "x" * 2_001)),
    ):
        answer = await stocked.get("/v1/things", params=other)
        assert answer.status_code == 422, other
        assert answer.json()["errors"][0]["pointer"] == "/query/cursor"


def test_a_position_comes_back_as_it_was() -> None:
    from decimal import Decimal

    from shared.web.cursors import opened, sealed

    def seal(content: bytes) -> str:
        return f"{len(content):064}"

    position = (datetime(2026, 1, 31, 9, 30, 0, 1, UTC), SEEN, SEEN.date(), Decimal("1.230"), "ä", None, 7)
    assert opened(sealed(position, b"b", seal), b"b", seal, 7) == position
