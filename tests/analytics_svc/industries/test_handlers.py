"""A company's figures move exactly: with it, once, and to the same end in whatever order its facts come."""

import asyncio
import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlmodel import Session

from services.analytics_svc.industries import recompute
from services.analytics_svc.industries.handlers import on_companies_recorded
from services.analytics_svc.industries.models import company_figures, industry_figures
from services.analytics_svc.tables import tables
from shared.contracts.customer import CompanyRecorded
from shared.database import Database, Tx
from tests.analytics_svc.industries.facts import WHEN, Figures, Sums, expected, kept, money, recorded
from tests.analytics_svc.rooms import BY, handle
from tests.fixtures import create_tables
from tests.statements import statements

USD = ("Tools", "USD", "")
NANOS = 10**9
MOST = str(2**63 - 1)


async def figures(db: Database, *facts: CompanyRecorded) -> Figures:
    await handle(db, on_companies_recorded, facts)
    return await db.read(kept)


def sums(n: int, revenue: int, profit: int) -> Sums:
    return Sums(n, revenue * NANOS, profit * NANOS)


async def test_companies_of_an_industry_are_added_up(db: Database) -> None:
    assert await figures(db, recorded("com_a"), recorded("com_b", revenue=50, profit=-20)) == {USD: sums(2, 150, -10)}


@pytest.mark.parametrize(
    ("change", "after"),
    [
        ({"industry": "Toys"}, {USD: sums(1, 7, 1), ("Toys", "USD", ""): sums(1, 100, 10)}),
        ({"currency": "EUR"}, {USD: sums(1, 7, 1), ("Tools", "EUR", ""): sums(1, 100, 10)}),
        ({"revenue": "100.000000001"}, {USD: Sums(2, 107 * NANOS + 1, 11 * NANOS)}),
        ({"profit": None}, {USD: sums(1, 7, 1), ("Tools", "USD", "profit"): Sums(1)}),
        ({"industry": None}, {USD: sums(1, 7, 1), ("", "USD", "industry"): Sums(1)}),
        ({"revenue": None, "profit": None}, {USD: sums(1, 7, 1), ("Tools", "", "revenue,profit"): Sums(1)}),
        (
            {"profit": None, "revenue": None, "industry": None},
            {USD: sums(1, 7, 1), ("", "", "industry,revenue,profit"): Sums(1)},
        ),
        ({"missing": ["assets"]}, {USD: sums(1, 7, 1), ("Tools", "USD", "assets"): sums(1, 100, 10)}),
    ],
)
async def test_a_company_that_changes_moves_its_figures_and_no_others(
    db: Database, change: dict[str, Any], after: Figures
) -> None:
    before = await figures(db, recorded("com_a"), recorded("com_b", revenue=7, profit=1))
    assert await figures(db, recorded("com_a", 2, **change)) == after
    assert await figures(db, recorded("com_a", 3)) == before


async def test_revenue_and_profit_in_two_currencies_are_never_set_side_by_side(db: Database) -> None:
    torn = recorded(revenue=100, profit=None).model_copy(update={"profit": money(1, "EUR")})
    assert await figures(db, torn) == {("Tools", "", "currency"): Sums(1)}


async def test_a_fact_that_comes_late_or_twice_changes_nothing(db: Database) -> None:
    before = await figures(db, recorded(sequence=3))
    assert await figures(db, recorded(sequence=3, revenue=1)) == before
    assert await figures(db, recorded(sequence=2, revenue=1), recorded(sequence=1, industry=None)) == before


async def test_of_two_revisions_in_one_batch_the_newer_counts(db: Database) -> None:
    assert await figures(db, recorded(sequence=2, revenue=5), recorded(sequence=1)) == {USD: sums(1, 5, 10)}
    assert await figures(db, recorded(sequence=3, revenue=6), recorded(sequence=4, revenue=7)) == {USD: sums(1, 7, 10)}


async def test_sums_beyond_sixty_four_bits_are_exact(db: Database) -> None:
    most = [recorded(f"com_{n}", revenue=f"{MOST}.999999999", profit=f"-{MOST}.000000001") for n in range(20)]
    found = await figures(db, *most)
    assert found == {USD: Sums(20, 20 * ((2**63 - 1) * NANOS + 999_999_999), -20 * ((2**63 - 1) * NANOS + 1))}


async def test_the_longest_name_of_an_industry_is_no_trouble_to_an_index(db: Database) -> None:
    text = "".join(chr(0x20000 + number * 37) for number in range(500))  # four bytes each, and nothing to compress
    every = ["name", "country", "assets"]
    assert await figures(db, recorded(industry=text, missing=every)) == {
        (text, "USD", ",".join(every)): sums(1, 100, 10)
    }


async def test_figures_made_anew_are_those_that_were_kept(db: Database) -> None:
    chance = random.Random(5)
    for _ in range(10):
        before = await figures(db, *(_any(chance) for _ in range(60)))

    def spoil_and_recompute(tx: Tx, spoil: bool) -> None:
        if spoil:
            tx.session.execute(update(industry_figures).values(n=industry_figures.c.n + 1))
        recompute(tx.session)

    for spoil in (False, True):
        await db.write(spoil_and_recompute, spoil, by=BY, lane="inbox")
        assert await db.read(kept) == before
    assert len(before) > 20


async def test_when_figures_last_moved_is_the_same_after_they_were_made_anew(db: Database) -> None:
    """The newer of two companies has left the industry since: it moved its figures as well."""
    later = recorded("com_b", 2, "Toys").model_copy(update={"occurred_at": WHEN + timedelta(days=1)})
    await figures(db, recorded("com_a"), recorded("com_b"))
    await figures(db, later)
    before = await db.read(_as_of)
    assert before == {"Tools": later.occurred_at, "Toys": later.occurred_at}
    await db.write(lambda tx: recompute(tx.session), by=BY, lane="inbox")
    assert await db.read(_as_of) == before


def _as_of(session: Session) -> dict[str, datetime]:
    query = select(industry_figures.c.industry, industry_figures.c.as_of).where(industry_figures.c.n > 0)
    return {row.industry: row.as_of for row in session.execute(query)}


def _any(chance: random.Random) -> CompanyRecorded:
    fact = recorded(
        f"com_{chance.randrange(80):02}",
        chance.randrange(1, 30),
        chance.choice(["Tools", "Toys", "Banking", None]),
        chance.choice([None, f"{chance.randrange(10**12)}.{chance.randrange(10**9):09}"]),
        chance.choice([None, f"-{chance.randrange(10**6)}.5", "0"]),
        chance.choice(["USD", "EUR"]),
    )
    return fact.model_copy(update={"missing": [name for name in ("country", "assets") if chance.random() < 0.3]})


@pytest.fixture
def empty_url(database_url: str) -> str:
    create_tables(database_url, tables.metadata)
    return database_url


FACTS = st.builds(
    lambda company, sequence, industry, revenue, profit, currency, other, missing: recorded(
        f"com_{company}", sequence, industry, revenue, profit, currency, missing=missing
    ).model_copy(update={"profit": money(profit, other)}),
    company=st.integers(0, 3),
    sequence=st.integers(1, 6),
    industry=st.sampled_from(["Tools", "Toys", None]),
    revenue=st.one_of(st.none(), st.integers(-(2**63) + 1, 2**63 - 1)),
    profit=st.one_of(st.none(), st.decimals(-1_000, 1_000, places=9).map(lambda amount: f"{amount:f}")),
    currency=st.sampled_from(["USD", "EUR"]),
    other=st.sampled_from(["USD", "EUR"]),
    missing=st.lists(st.sampled_from(["country", "assets"]), unique=True),
)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=st.lists(FACTS, min_size=1, max_size=20), order=st.randoms(use_true_random=False), size=st.integers(1, 7))
def test_any_order_with_copies_leads_to_the_same_figures(
    empty_url: str, facts: list[CompanyRecorded], order: random.Random, size: int
) -> None:
    """A sequence names one fact: of several that were drawn for it, the first."""
    facts = list({(fact.company_id, fact.sequence): fact for fact in reversed(facts)}.values())
    sent = facts + order.choices(facts, k=5)
    order.shuffle(sent)
    batches = [sent[start : start + size] for start in range(0, len(sent), size)]
    assert asyncio.run(_led_to(empty_url, batches)) == expected(facts)


async def _led_to(url: str, batches: list[list[CompanyRecorded]]) -> Figures:
    db = Database(url, service="test")
    await db.write(_forget, by=BY)
    for batch in batches:
        await handle(db, on_companies_recorded, batch)
    found = await db.read(kept)
    await db.close()
    return found


def _forget(tx: Tx) -> None:
    for table in (company_figures, industry_figures):
        tx.session.execute(delete(table))


async def test_two_workers_in_opposite_order_and_a_recomputation_in_between_add_each_fact_once(
    postgres_url: str,
) -> None:
    create_tables(postgres_url, tables.metadata)
    workers = [Database(postgres_url, service="test") for _ in range(3)]

    def recomputed(tx: Tx) -> None:
        recompute(tx.session)

    chance = random.Random(11)
    facts = [_any(chance) for _ in range(600)]
    facts = list({(fact.company_id, fact.sequence): fact for fact in facts}.values())
    batches = [facts[start : start + 25] for start in range(0, len(facts), 25)]
    await asyncio.gather(
        *(handle(workers[0], on_companies_recorded, batch) for batch in batches),
        *(handle(workers[1], on_companies_recorded, batch[::-1]) for batch in reversed(batches)),
        *(workers[2].write(recomputed, by=BY, seconds=60.0) for _ in range(5)),
    )
    found = await workers[0].read(kept)
    for db in workers:
        await db.close()
    assert found == expected(facts)


async def test_five_hundred_companies_take_hardly_more_statements_than_three(db: Database) -> None:
    for industry in ("Games", "Toys"):  # they come, and they move
        three, many = (
            [recorded(f"com_{size}{n:05}", industry=industry, sequence=len(industry)) for n in range(size)]
            for size in (3, 500)
        )
        alone = await statements(handle(db, on_companies_recorded, three))
        assert await statements(handle(db, on_companies_recorded, many)) <= 2 * alone
