"""Two processes' worth of writers on one PostgreSQL: SQLite would serialise these races away."""

import asyncio
import random
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import orjson
import pytest
from sqlalchemy import text
from sqlmodel import Session

from services.customer_svc.contacts.batch import LEADS, take_in_batch
from services.customer_svc.tables import tables
from shared.database import Database
from shared.principal import Principal
from shared.vault import Vault
from shared.web.batches import Rows
from tests.customer_svc.system import Row, counted, rows_of
from tests.fixtures import create_tables

BY = Principal("user:tester")
MASTER = b"0123456789abcdef0123456789abcdef"


@asynccontextmanager
async def opened(url: str, keys: Path) -> AsyncIterator[tuple[Database, Vault]]:
    """A database and a vault as a process of its own would have them."""
    async with AsyncExitStack() as closing:
        db, vault = Database(url, service="customer"), Vault.open(f"sqlite:///{keys}/keys.db", MASTER)
        closing.push_async_callback(db.close)
        closing.push_async_callback(vault.close)
        yield db, vault


def at_once(url: str, keys: Path, *loads: list[list[Row]]) -> list[int]:
    """Each load (batches, eight at a time) by a writer of its own in a thread of its own; the statuses of all rows."""

    async def sent(batches: list[list[Row]]) -> list[int]:
        places = asyncio.Semaphore(8)
        async with opened(url, keys) as (db, vault):

            async def one(leads: list[Row]) -> list[int]:
                async with places:
                    results = await take_in_batch(db, vault, Rows(LEADS, list(leads)), by=BY, once=None)
                return [result.status for result in results]

            return [status for statuses in await asyncio.gather(*map(one, batches)) for status in statuses]

    with ThreadPoolExecutor(len(loads)) as threads:
        done = list(threads.map(lambda load: asyncio.run(sent(load)), loads))
    return [status for statuses in done for status in statuses]


async def asked(url: str, keys: Path, question: object, *args: object) -> object:
    async with opened(url, keys) as (db, _):
        return await db.read(question, *args)  # type: ignore[arg-type]


@pytest.fixture
def url(postgres_url: str) -> str:
    create_tables(postgres_url, tables.metadata)
    return postgres_url


def person(number: int) -> Row:
    return {"source": "crm", "email": f"p{number}@example.com", "external_id": str(number), "name": f"P {number}"}


def test_batches_about_the_same_new_people_in_opposite_orders_make_each_of_them_once(url: str, tmp_path: Path) -> None:
    people = [person(number) for number in range(300)]
    statuses = at_once(url, tmp_path, [people], [people[::-1]])
    assert sorted(statuses) == [200] * 300 + [201] * 300
    counts = asyncio.run(asked(url, tmp_path, counted))
    assert isinstance(counts, dict)
    assert (counts["contacts"], counts["contact_identifiers"], counts["observations"]) == (300, 600, 600)


@pytest.mark.parametrize(("batches", "rows"), [(20, 20), (200, 1)])
def test_two_writers_on_ten_hot_people_lose_nothing_and_never_deadlock(
    url: str, tmp_path: Path, batches: int, rows: int
) -> None:
    chance = random.Random(7)
    loads = [[[person(chance.randrange(10)) for _ in range(rows)] for _ in range(batches)] for _ in range(2)]
    assert set(at_once(url, tmp_path, *loads)) <= {200, 201}
    facts = asyncio.run(asked(url, tmp_path, _sequences))
    assert isinstance(facts, dict) and len(facts) == 10
    assert sum(map(len, facts.values())) == 2 * batches * rows
    assert all(sequences == list(range(1, len(sequences) + 1)) for sequences in facts.values())
    assert asyncio.run(asked(url, tmp_path, _deadlocks)) == 0


def _sequences(session: Session) -> dict[str, list[int]]:
    """By contact, the sequences of its facts in the order in which they would leave."""
    found: dict[str, list[int]] = {}
    for row in sorted(rows_of(session, "outbox"), key=lambda row: row["position"]):
        found.setdefault(row["key"], []).append(int(orjson.loads(row["headers"])["ce_sequence"]))
    return found


def _deadlocks(session: Session) -> int:
    counted_by_server = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return int(session.execute(counted_by_server).scalar_one())
