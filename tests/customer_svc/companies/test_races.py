"""Two processes' worth of writers on one PostgreSQL: SQLite would serialise these races away."""

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from services.customer_svc.companies.arriving import Arriving, arriving
from services.customer_svc.companies.models import companies, company_identifiers
from services.customer_svc.companies.recording import record
from services.customer_svc.companies.shapes import CompanyIn
from services.customer_svc.tables import tables
from shared.database import Database
from shared.database.tables import KERNEL
from tests.analytics_svc.rooms import BY
from tests.fixtures import create_tables


@pytest.fixture
def url(postgres_url: str) -> str:
    create_tables(postgres_url, tables.metadata)
    return postgres_url


def at_once(url: str, *loads: list[list[Arriving]]) -> Counter[tuple[bool, bool]]:
    """Each load (units of work, eight at a time) by a writer of its own in a thread of its own."""

    async def sent(units: list[list[Arriving]]) -> list[tuple[bool, bool]]:
        places, db = asyncio.Semaphore(8), Database(url, service="customer")

        async def one(rows: list[Arriving]) -> list[tuple[bool, bool]]:
            async with places:
                done = await db.write(record, rows, by=BY, seconds=240.0)
            return [(result.created, result.changed) for result in done]

        done = await asyncio.gather(*map(one, units))
        await db.close()
        return [result for results in done for result in results]

    with ThreadPoolExecutor(len(loads)) as threads:
        return Counter(result for done in threads.map(lambda load: asyncio.run(sent(load)), loads) for result in done)


async def counts(url: str) -> tuple[int, int, dict[str, list[int]]]:
    """Companies, identifiers, and the sequences of each company's facts in the order in which they would leave."""

    def counted(session: Session) -> tuple[int, int, dict[str, list[int]]]:
        known, named = (
            session.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (companies, company_identifiers)
        )
        facts: dict[str, list[int]] = {}
        for row in session.execute(select(KERNEL.outbox).order_by(KERNEL.outbox.c.position)):
            facts.setdefault(row.key, []).append(int(orjson.loads(row.headers)["ce_sequence"]))
        return known, named, facts

    db = Database(url, service="customer")
    try:
        return await db.read(counted)
    finally:
        await db.close()


def company(number: int, **more: object) -> Arriving:
    return arriving(
        CompanyIn.model_validate(
            {"name": f"C {number}", "domain": f"c{number}.example", "source": "crm", "external_id": f"{number}", **more}
        )
    )


def test_fifty_parallel_records_of_one_new_company_make_one(url: str) -> None:
    results = at_once(url, *[[[company(1)] for _ in range(25)]] * 2)
    assert results == {(True, True): 1, (False, False): 49}
    known, named, facts = asyncio.run(counts(url))
    assert (known, named, list(facts.values())) == (1, 3, [[1]])


def test_chunks_of_the_same_new_companies_in_opposite_orders_make_each_once(url: str) -> None:
    chunk = [company(number) for number in range(300)]
    results = at_once(url, [chunk], [chunk[::-1]], [chunk[150:] + chunk[:150]])
    assert results == {(True, True): 300, (False, False): 600}
    assert asyncio.run(counts(url))[:2] == (300, 900)


def test_changes_by_two_writers_leave_in_the_order_of_their_versions(url: str) -> None:
    loads = [
        [
            [company(unit * 7 % 10, employees=2 * unit + writer), company(unit % 10, industry=f"I{unit} {writer}")]
            for unit in range(60)
        ]
        for writer in range(2)
    ]
    at_once(url, *loads)
    known, _, facts = asyncio.run(counts(url))
    assert known == len(facts) == 10
    assert all(sequences == list(range(1, len(sequences) + 1)) for sequences in facts.values())
