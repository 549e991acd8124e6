"""Figures that come lead to alarms about the days they make unusual: once, in any order, and taken back if revised."""

import random
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest

from shared.contracts.analytics import AnomalyDetected
from shared.database import Database
from tests.analytics_svc.anomalies.ads import TODAY, TOMORROW, counted, kept, once, reported, tell, usual
from tests.analytics_svc.rooms import forget_stated, stated


async def test_a_day_that_its_past_did_not_let_expect_is_stated_with_range_and_reason(db: Database) -> None:
    await tell(db, usual())
    assert await stated(db) == []
    event = reported(TOMORROW, spend="410.00")
    await tell(db, [event])
    [fact] = await stated(db)
    assert isinstance(fact, AnomalyDetected)
    assert (fact.series, fact.channel, fact.campaign, fact.currency) == ("search/brand", "search", "brand", "EUR")
    assert (fact.measure, fact.day, fact.actual, fact.direction) == ("spend", TOMORROW, Decimal("410.00"), "up")
    assert (fact.severity, fact.standing, fact.sequence) == ("alarm", True, 1)
    assert 0 < fact.low < fact.expected < fact.high < Decimal(100)
    assert (fact.cause, fact.occurred_at) == (event.id, event.as_of)
    assert fact.reason.startswith("spend of 410.00 EUR on Sunday 1 February 2026; ")
    assert fact.reason.endswith(" was expected from the 56 days before")


async def test_the_same_figures_again_state_nothing_again(db: Database) -> None:
    await tell(db, usual())
    for _ in range(2):
        await tell(db, [reported(TOMORROW, spend=410)])
    assert len(await stated(db)) == 1


async def test_a_revision_takes_an_alarm_back_and_another_raises_it_again(db: Database) -> None:
    await tell(db, usual())
    for sequence, spend in enumerate((410, 40, 500), start=1):
        await tell(db, [reported(TOMORROW, spend=spend, sequence=sequence)])
    facts = await stated(db)
    assert [(fact.sequence, fact.standing, fact.actual) for fact in facts] == [
        (1, True, 410),
        (2, False, 40),
        (3, True, 500),
    ]
    assert len({fact.anomaly_id for fact in facts}) == 1
    assert "is within what was expected" in facts[1].reason


async def test_a_revision_that_leaves_the_alarm_standing_is_kept_and_not_stated(db: Database) -> None:
    await tell(db, usual())
    await tell(db, [reported(TOMORROW, spend=410)])
    await tell(db, [reported(TOMORROW, spend=420, sequence=2)])
    assert len(await stated(db)) == 1
    [anomaly] = await kept(db)
    assert (anomaly["actual"], anomaly["version"], anomaly["standing"]) == ("420.00", 1, True)


async def test_a_small_deviation_is_a_notice_and_an_alarm_when_it_persists(db: Database) -> None:
    steady = [reported(TODAY - timedelta(days=n), spend=100) for n in range(60)]
    await tell(db, steady)
    await tell(db, [reported(TOMORROW, spend=124)])
    await tell(db, [reported(TOMORROW + timedelta(days=1), spend=124)])
    facts = await stated(db)
    assert [(fact.day, fact.severity) for fact in facts] == [
        (TOMORROW, "notice"),
        (TOMORROW + timedelta(days=1), "alarm"),
    ]
    assert facts[1].reason.endswith("and the reading before strayed the same way")


async def test_a_day_that_breaks_off_is_an_alarm_once_it_is_told_to_be_over(db: Database) -> None:
    await tell(db, usual())
    noon = datetime.combine(TOMORROW, time(12), UTC)
    await tell(db, [reported(TOMORROW, spend=5, as_of=noon)])
    assert await stated(db) == []
    await tell(db, [reported(TOMORROW, spend=5, as_of=noon + timedelta(hours=18), sequence=2)])
    [fact] = await stated(db)
    assert isinstance(fact, AnomalyDetected)
    assert (fact.day, fact.direction, fact.actual) == (TOMORROW, "down", Decimal(5))


async def test_of_a_day_that_is_not_over_only_too_much_counts(db: Database) -> None:
    await tell(db, usual())
    noon = datetime.combine(TOMORROW, time(12), UTC)
    await tell(db, [reported(TOMORROW, spend=5, as_of=noon)])
    assert await stated(db) == []
    await tell(db, [reported(TOMORROW, spend=410, as_of=noon + timedelta(hours=1), sequence=2)])
    [fact] = await stated(db)
    assert (fact.direction, fact.reason.split(";")[0]) == ("up", "spend of 410.00 EUR on Sunday 1 February 2026 so far")


async def test_figures_that_are_dated_to_their_own_day_are_a_past_as_well(db: Database) -> None:
    """And those of 23:59 are of a whole day."""
    for series, hour, minute in (("search/noon", 12, 0), ("search/night", 23, 59)):
        days = usual(series=series)
        dated = [e.model_copy(update={"as_of": datetime.combine(e.day, time(hour, minute), UTC)}) for e in days]
        await tell(db, dated)
        for n, spend in ((1, 410), (2, 0)):
            at = datetime.combine(TODAY + timedelta(days=n), time(hour, minute), UTC)
            await tell(db, [reported(at.date(), spend=spend, series=series, as_of=at)])
    facts = [(fact.series, fact.direction) for fact in await stated(db)]
    assert facts == [("search/noon", "up"), ("search/night", "up"), ("search/night", "down")]


async def test_a_day_that_fell_to_nothing_is_an_alarm_once_it_is_over(db: Database) -> None:
    await tell(db, usual())
    await tell(db, [reported(TOMORROW, spend=0)])
    [fact] = await stated(db)
    assert (fact.direction, fact.severity, fact.actual) == ("down", "alarm", 0)


async def test_days_that_are_missing_raise_nothing_and_neither_does_a_short_past(db: Database) -> None:
    days = usual(40)
    await tell(db, [event for n, event in enumerate(days) if n % 6])
    await tell(db, [*usual(10, series="search/new"), reported(TOMORROW, spend=9_999, series="search/new")])
    assert await stated(db) == []


async def test_too_little_to_be_judged_raises_nothing(db: Database) -> None:
    """Two clicks a day, and once nineteen; three conversions, and none."""
    small = [reported(TODAY - timedelta(days=n), clicks=2 + n % 2, conversions=3) for n in range(60)]
    await tell(db, small)
    await tell(db, [reported(TOMORROW, clicks=19, conversions=0)])
    assert await stated(db) == []


async def test_counts_and_ratios_are_judged_too(db: Database) -> None:
    await tell(db, counted(60, clicks=400, conversions=60, spend=200))
    await tell(db, [reported(TOMORROW, impressions=20_000, clicks=400, conversions=4, spend=800)])
    found = {(fact.measure, fact.direction) for fact in await stated(db)}
    assert found == {("conversions", "down"), ("spend", "up"), ("cpc", "up")}


async def test_currencies_are_judged_each_by_itself(db: Database) -> None:
    await tell(db, usual() + usual(currency="JPY", seed=2))
    await tell(db, [reported(TOMORROW, spend=410, currency="JPY"), reported(TOMORROW, spend=40)])
    [fact] = await stated(db)
    assert (fact.currency, fact.actual) == ("JPY", 410)


async def test_an_import_of_two_years_raises_nothing_about_them(db: Database) -> None:
    now = datetime.combine(TOMORROW, time(6), UTC)
    history = usual(730, as_of=now)
    wild = [reported(event.day, spend=999, as_of=now) if n % 50 == 49 else event for n, event in enumerate(history)]
    for start in range(0, 700, 100):
        await tell(db, wild[start : start + 100])
    assert await stated(db) == []
    await tell(db, wild[700:])
    assert all(TODAY - fact.day < timedelta(days=14) for fact in await stated(db))


async def test_an_old_day_that_is_revised_raises_nothing_and_can_be_taken_back(db: Database) -> None:
    await tell(db, usual())
    await tell(db, [reported(TOMORROW, spend=410)])
    later = [reported(TOMORROW + timedelta(days=n), spend=80) for n in range(1, 40)]
    await tell(db, later)
    await forget_stated(db)
    revised = TOMORROW + timedelta(days=5)
    await tell(db, [reported(revised, spend=999, sequence=2)])
    assert await stated(db) == []
    await tell(db, [reported(TOMORROW, spend=45, sequence=2)])
    assert [(fact.day, fact.standing, fact.sequence) for fact in await stated(db)] == [(TOMORROW, False, 2)]


@pytest.mark.parametrize("seed", range(4))
async def test_the_order_of_arrival_changes_nothing_of_what_is_known_of_the_newest_days(
    db: Database, seed: int
) -> None:
    """Days and revisions of them, shuffled and doubled: in the end the same anomalies stand as if told in one go."""
    first = usual(70)
    bad = {TODAY - timedelta(days=n): 400 for n in (1, 2, 6)}
    facts = [reported(e.day, spend=bad[e.day]) if e.day in bad else e for e in first]
    facts += [
        reported(TODAY - timedelta(days=2), spend=90, sequence=2),
        reported(TODAY - timedelta(days=4), spend=0, sequence=2),
    ]
    shuffled = [*facts, *facts[::3]]
    random.Random(seed).shuffle(shuffled)
    for start in range(0, len(shuffled), 20):
        await tell(db, shuffled[start : start + 20])
    standing = {
        (row["day"], row["measure"], row["direction"], row["actual"], row["low"])
        for row in await kept(db)
        if row["standing"]
    }
    told = await once(db, facts)
    assert standing == told
    assert {day for day, *_ in told} >= {TODAY - timedelta(days=n) for n in (1, 4, 6)}
