"""Sums follow what stands, whatever order the facts came in, and equal what one gets by adding up from nothing."""

import asyncio
import random
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import Session, select

from services.analytics_svc.channels import rollups
from services.analytics_svc.channels.days import campaign_days, channel_days
from services.analytics_svc.channels.handlers import on_ad_metrics_reported
from services.analytics_svc.channels.models import MetricFigures
from services.analytics_svc.tables import tables
from shared.contracts.campaign import AdMetricReported
from shared.database import Database
from shared.money import Money
from tests.analytics_svc.channels.facts import DAY, WHEN, Row, all_sums, conversions, euros, reported
from tests.analytics_svc.channels.sums import currency_of, expected, summed, without_keys
from tests.analytics_svc.rooms import BY, handle
from tests.fixtures import create_tables
from tests.statements import statements

CHANNELS = ("email", "search", "social")
AGES = ("18-24", "25-34", "35-44")


def chance_figures(chance: random.Random) -> Row:
    """Any of them may be missing, and the currency may change from one revision to the next."""
    currency = chance.choice(["EUR", "USD"])
    told: Row = {
        "impressions": chance.randrange(10_000),
        "clicks": chance.randrange(500),
        "spend": Money(0, chance.randrange(10**12), currency),
        "revenue": Money(0, chance.randrange(-(10**11), 10**12), currency),
        "conversions": {
            kind: Decimal(chance.randrange(10**6)).scaleb(-chance.randrange(5))
            for kind in chance.sample(["lead", "sale", "visit"], chance.randrange(4))
        },
    }
    return {name: value for name, value in told.items() if chance.random() < 0.8}


def history(seed: int, metrics: int = 50, revisions: int = 10) -> list[AdMetricReported]:
    """The revisions of some metrics, in order."""
    chance = random.Random(seed)
    facts = []
    for number in range(metrics):
        key: Row = {
            "channel": chance.choice(CHANNELS),
            "campaign": f"c{chance.randrange(3)}",
            "account": chance.choice([None, "main"]),
            "ad": chance.choice([None, "a", "b"]),
            "dimensions": chance.choice([{}, {"age": chance.choice(AGES)}]),
            "day": DAY - timedelta(days=chance.randrange(4)),
        }
        facts += [
            reported(f"met_{number:03}", sequence, **key, **chance_figures(chance))
            for sequence in range(1, revisions + 1)
        ]
    return facts


def newest(facts: Iterable[AdMetricReported]) -> list[AdMetricReported]:
    return list({fact.metric_id: fact for fact in sorted(facts, key=lambda fact: fact.sequence)}.values())


async def in_batches(db: Database, facts: list[AdMetricReported], size: int) -> None:
    for start in range(0, len(facts), size):
        await handle(db, on_ad_metrics_reported, facts[start : start + size])


async def test_a_revision_moves_the_sums_by_the_difference(db: Database) -> None:
    first = reported(
        sequence=1, impressions=1000, clicks=10, spend=euros("12.50"), conversions=conversions(lead="2", sale="1")
    )
    second = reported(sequence=2, impressions=900, spend=euros("12.499999999"), conversions=conversions(lead="2.5"))
    await handle(db, on_ad_metrics_reported, [first])
    await handle(db, on_ad_metrics_reported, [second])
    [day] = await db.read(campaign_days, ["search/brand"], DAY, DAY)
    assert (day.impressions, day.clicks, day.spend) == (900, None, Decimal("12.499999999"))
    assert (day.conversions, day.revenue, day.currency) == (Decimal("2.5"), None, "EUR")
    assert day.as_of == second.as_of


async def test_figures_that_change_their_currency_leave_the_other_one_empty(db: Database) -> None:
    await handle(db, on_ad_metrics_reported, [reported(sequence=1, clicks=1, spend=euros("5"))])
    await handle(db, on_ad_metrics_reported, [reported(sequence=2, clicks=1, spend=Money.of("5", "USD"))])
    [day] = await db.read(channel_days, ["search"], DAY, DAY)
    assert (day.currency, day.spend, day.clicks) == ("USD", Decimal(5), 1)
    await handle(db, on_ad_metrics_reported, [reported(sequence=3, clicks=1)])
    [day] = await db.read(channel_days, ["search"], DAY, DAY)
    assert (day.currency, day.spend, day.clicks) == (None, None, 1)


@pytest.mark.parametrize("seed", range(3))
async def test_five_hundred_revisions_in_any_order_and_twice_give_the_same_sums(db: Database, seed: int) -> None:
    facts = history(seed)
    chance = random.Random(seed)
    shuffled = facts + chance.sample(facts, 100)
    chance.shuffle(shuffled)
    await in_batches(db, shuffled, chance.randrange(20, 90))
    sums = await db.read(all_sums)
    assert without_keys(sums) == expected(newest(facts))
    await in_batches(db, facts, 250)
    assert await db.read(all_sums) == sums


async def test_made_again_from_nothing_the_sums_are_the_same(db: Database) -> None:
    facts = history(7)
    await in_batches(db, facts, 60)
    kept = await db.read(all_sums)
    await db.write(rollups.recompute, by=BY)
    again = await db.read(all_sums)
    assert without_keys(again) == without_keys(kept) == expected(newest(facts))


async def test_days_are_the_sums_of_what_stands(db: Database) -> None:
    facts = history(11)
    await in_batches(db, facts, 500)
    stands = newest(facts)
    since = DAY - timedelta(days=2)
    series = sorted({fact.series for fact in stands})[:4]
    days = await db.read(campaign_days, series, since, DAY)
    assert [(one.series, one.currency or "", one.day) for one in days] == sorted(
        {(fact.series, currency_of(fact), fact.day) for fact in stands if fact.series in series and fact.day >= since}
    )
    for one in days:
        of = [
            fact
            for fact in stands
            if (fact.series, currency_of(fact) or None, fact.day) == (one.series, one.currency, one.day)
        ]
        assert one.impressions == summed(fact.impressions for fact in of)
        assert one.spend == summed(fact.spend.decimal for fact in of if fact.spend)
        assert one.conversions == summed(number for fact in of for number in fact.conversions.values())
        assert one.as_of == max(fact.as_of for fact in of)
    of_channel = await db.read(channel_days, ["search"], since, DAY)
    in_search = [fact for fact in stands if fact.channel == "search" and fact.day >= since]
    assert summed(one.clicks for one in of_channel) == summed(fact.clicks for fact in in_search)
    assert {one.series for one in of_channel} == {""}


async def test_two_workers_at_few_hot_sums_neither_lose_anything_nor_lock_each_other_out(postgres_url: str) -> None:
    create_tables(postgres_url, tables.metadata)
    workers = [Database(postgres_url, service="test") for _ in range(2)]
    facts = [_hot(number) for number in range(2_000)]
    halves = facts[:1000], facts[1000:][::-1]

    async def work(db: Database, part: list[AdMetricReported]) -> None:
        await in_batches(db, part, 100)

    await asyncio.gather(*(work(db, half) for db, half in zip(workers, halves, strict=True)))
    sums = await workers[0].read(all_sums)
    for db in workers:
        await db.close()
    assert without_keys(sums) == expected(facts)
    assert len(sums["campaign_day_figures"]) == 27


async def test_two_workers_with_the_same_facts_in_opposite_order_count_each_once(postgres_url: str) -> None:
    create_tables(postgres_url, tables.metadata)
    workers = [Database(postgres_url, service="test") for _ in range(2)]
    facts = history(3, metrics=40, revisions=5)
    await asyncio.gather(in_batches(workers[0], facts, 20), in_batches(workers[1], facts[::-1], 20))
    sums = await workers[0].read(all_sums)
    for db in workers:
        await db.close()
    assert without_keys(sums) == expected(newest(facts))


async def test_five_hundred_metrics_take_hardly_more_statements_than_three(db: Database) -> None:
    three = await statements(handle(db, on_ad_metrics_reported, [_usual(n) for n in range(3)]))
    assert await statements(handle(db, on_ad_metrics_reported, [_usual(3 + n) for n in range(500)])) <= 2 * three
    assert await db.read(_count) == 503


def _hot(number: int) -> AdMetricReported:
    """Metrics of which the sums have 27 rows for campaign and day."""
    place = number % 27
    return reported(
        f"met_{number:05}",
        channel=CHANNELS[place % 3],
        campaign=f"c{place // 3 % 3}",
        day=DAY - timedelta(days=place // 9),
        ad=str(number),
        impressions=number,
        spend=Money(0, number * 1_000_001, "EUR"),
    )


def _usual(number: int) -> AdMetricReported:
    return reported(
        f"met_{number:06}",
        as_of=WHEN,
        ad=str(number % 50),
        campaign=f"c{number % 7}",
        day=DAY - timedelta(days=number // 350),
        dimensions={"age": AGES[number % 3]},
        impressions=number,
        clicks=number % 7,
        spend=euros("1.25"),
        conversions=conversions(lead="1"),
    )


def _count(session: Session) -> int:
    return len(session.exec(select(MetricFigures.metric_id)).all())
