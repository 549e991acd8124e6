"""Channels are said to have changed once, until they change back; a campaign has one open suggestion at most."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
from sqlalchemy import func, select

from services.analytics_svc import advice, anomalies, channels
from services.analytics_svc.advice.models import changes, suggestions
from shared.contracts.analytics import BudgetSuggested, ChannelPerformanceChanged
from shared.contracts.campaign import AdMetricReported
from shared.database import Database
from tests.analytics_svc.anomalies.ads import TODAY, counted, tell
from tests.analytics_svc.rooms import stated

ROOMS = (channels, anomalies, advice)


async def told(db: Database, facts: list[AdMetricReported]) -> None:
    await tell(db, facts, ROOMS)


async def of(db: Database, kind: type[Any]) -> list[Any]:
    return [fact for fact in await stated(db) if isinstance(fact, kind)]


def dearer(days: int, times: float, ago: int = 0, **known: Any) -> list[AdMetricReported]:
    """Days up to `ago` days before today on which everything costs so many times as much."""
    until = TODAY - timedelta(days=ago)
    return counted(days, until=until, clicks=300, conversions=40, spend=300 * times, seed=days + ago, **known)


async def test_a_channel_whose_costs_rose_is_stated_once_for_each_measure(db: Database) -> None:
    await told(db, dearer(40, 1, ago=7))
    assert await of(db, ChannelPerformanceChanged) == []
    for ago in reversed(range(7)):
        await told(db, dearer(1, 1.6, ago=ago))
    facts = await of(db, ChannelPerformanceChanged)
    assert {fact.measure for fact in facts} == {"cpc", "cpa"}
    assert len(facts) == 2
    fact = next(fact for fact in facts if fact.measure == "cpc")
    assert (fact.channel, fact.currency, fact.direction, fact.sequence) == ("search", "EUR", "worse", 1)
    assert fact.change >= Decimal("0.2")
    assert fact.reason.startswith("a click cost ")
    assert fact.clicks and fact.impressions and fact.cause


async def test_a_change_ends_when_it_is_gone_and_may_come_again(db: Database) -> None:
    await told(db, dearer(40, 1, ago=34))
    await told(db, dearer(7, 2, ago=27))
    assert len([fact for fact in await of(db, ChannelPerformanceChanged) if fact.measure == "cpc"]) == 1
    for ago in reversed(range(20, 27)):
        await told(db, dearer(1, 1, ago=ago))
    for ago in reversed(range(13, 20)):
        await told(db, dearer(1, 2.5, ago=ago))
    found = [fact for fact in await of(db, ChannelPerformanceChanged) if fact.measure == "cpc"]
    assert [fact.direction for fact in found] == ["worse", "worse"]
    rows = await db.read(_ended)
    assert sorted(ended is None for measure, ended in rows if measure == "cpc") == [False, True]


async def test_old_figures_that_are_imported_lead_to_no_advice(db: Database) -> None:
    now = dearer(1, 1)[0].as_of
    history = [fact.model_copy(update={"as_of": now}) for fact in dearer(40, 1, ago=60) + dearer(7, 3, ago=53)]
    await told(db, history)
    assert await stated(db) == []


async def test_a_campaign_that_buys_dearly_is_suggested_less_and_one_that_buys_cheaply_more(db: Database) -> None:
    await told(db, three_campaigns())
    facts = {fact.campaign: fact for fact in await of(db, BudgetSuggested)}
    assert set(facts) == {"dear", "cheap"}
    dear, cheap = facts["dear"], facts["cheap"]
    assert dear.daily_budget.decimal < dear.current_daily_spend.decimal
    assert cheap.daily_budget.decimal > cheap.current_daily_spend.decimal
    assert (dear.series, dear.channel, dear.daily_budget.currency) == ("social/dear", "social", "EUR")
    assert dear.based_on["cpa_28d"] > dear.based_on["cpa_all_28d"] > cheap.based_on["cpa_28d"]
    assert dear.expires_at - dear.recorded_at == timedelta(days=7)


async def test_while_a_suggestion_is_open_there_is_no_other(db: Database) -> None:
    days = three_campaigns()
    await told(db, days)
    await told(db, [fact.model_copy(update={"sequence": 2}) for fact in days])
    assert len(await of(db, BudgetSuggested)) == 2
    assert await db.read(lambda session: session.execute(select(func.count()).select_from(suggestions)).scalar()) == 2


async def test_advice_and_changes_can_be_read(db: Database, client: httpx.AsyncClient) -> None:
    await told(db, three_campaigns())
    await told(db, dearer(7, 2, series="search/usual", sequence=2))
    page = (await client.get("/v1/advice", params={"series": "social/dear"})).json()["items"]
    [shown] = page
    assert shown["daily_budget"]["currency"] == "EUR"
    assert (await client.get(f"/v1/advice/{shown['id']}")).json() == shown
    assert len((await client.get("/v1/advice", params={"open": "true"})).json()["items"]) == 2
    assert (await client.get("/v1/advice", params={"open": "false"})).json()["items"] == []
    assert (await client.get("/v1/advice/adv_none")).status_code == 404
    changed = (await client.get("/v1/performance-changes", params={"channel": "search", "standing": "true"})).json()
    assert {one["measure"] for one in changed["items"]} == {"cpc", "cpa"}
    assert all(one["direction"] == "worse" and one["ended_at"] is None for one in changed["items"])


def three_campaigns() -> list[AdMetricReported]:
    known: dict[str, Any] = {"clicks": 300.0, "spend": 300.0}
    return [
        *counted(42, conversions=40, series="search/usual", seed=1, **known),
        *counted(42, conversions=15, series="social/dear", seed=2, **known),
        *counted(42, conversions=80, series="social/cheap", seed=3, **known),
    ]


def _ended(session: Any) -> list[tuple[str, Any]]:
    return [tuple(row) for row in session.execute(select(changes.c.measure, changes.c.ended_at))]
