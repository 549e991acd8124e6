"""Less where a conversion clearly costs more than everywhere, more where it clearly costs less, a fifth at most."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.analytics_svc.advice.budgets import Bought, suggest
from services.analytics_svc.channels.days import CampaignDay
from shared.contracts.analytics import BudgetSuggested
from tests.analytics_svc.anomalies.ads import TODAY
from tests.contracts.golden import example

EVERYONE = Bought(Decimal(28_000), Decimal(2_800))
"""Ten for a conversion."""


def days(spend: Decimal | int | str, conversions: Decimal | int | None, number: int = 28) -> list[CampaignDay]:
    made = []
    for ago in reversed(range(number)):
        day = TODAY - timedelta(days=ago)
        at = datetime.combine(day + timedelta(days=1), time(6), UTC)
        bought = None if conversions is None else Decimal(conversions)
        made.append(CampaignDay("search/a", "search", "a", "EUR", day, None, None, Decimal(spend), bought, None, at))
    return made


def test_a_campaign_that_buys_dearly_gets_a_fifth_less() -> None:
    found = suggest(days(100, 5), EVERYONE, TODAY, "EUR")
    assert found
    assert (found.current_daily_spend.amount, found.daily_budget.amount) == ("100.00", "80.00")
    assert [found.based_on[name] for name in ("cpa_28d", "cpa_all_28d")] == [Decimal(20), Decimal(10)]
    assert found.reason.startswith("a conversion costs 20.00 EUR here and 10.00 EUR over all campaigns")
    assert found.reason.endswith("80.00 a day instead of 100.00")


def test_the_example_of_a_suggestion_is_what_its_figures_lead_to() -> None:
    shown = example(BudgetSuggested)
    assert isinstance(shown, BudgetSuggested)
    older = [replace(day, spend=Decimal("120.25") if n < 10 else Decimal(120)) for n, day in enumerate(days(0, 8)[:21])]
    newest = [replace(day, conversions=Decimal(8 if n < 3 else 7)) for n, day in enumerate(days("120.50", 7)[21:])]
    found = suggest([*older, *newest], Bought(Decimal(9_800), Decimal(1_000)), TODAY, "EUR")
    assert found
    assert (found.reason, found.based_on) == (shown.reason, shown.based_on)
    assert (found.current_daily_spend, found.daily_budget) == (shown.current_daily_spend, shown.daily_budget)


def test_a_campaign_that_buys_cheaply_gets_a_fifth_more() -> None:
    found = suggest(days(100, 20), EVERYONE, TODAY, "EUR")
    assert found
    assert found.daily_budget.amount == "120.00"


def test_a_campaign_that_bought_nothing_is_judged_by_what_it_should_have_bought() -> None:
    found = suggest(days(20, 0), EVERYONE, TODAY, "EUR")
    assert found
    assert found.daily_budget.amount == "16.00"
    assert found.reason.startswith("nothing was bought here")
    assert "cpa_28d" not in found.based_on


@pytest.mark.parametrize(
    ("spend", "conversions", "why"),
    [
        (100, 10, "as everywhere"),
        (100, 9, "a little dearer"),
        (2, 0, "too little was spent to expect a conversion"),
        (1, 1, "too few conversions"),
        (100, None, "conversions are not known, which is not none"),
        (0, 0, "nothing was spent"),
    ],
)
def test_what_is_not_clear_is_not_advised(spend: int, conversions: int | None, why: str) -> None:
    number = 15 if why == "too few conversions" else 28
    assert suggest(days(spend, conversions, number), EVERYONE, TODAY, "EUR") is None, why


def test_without_enough_conversions_of_all_there_is_no_advice() -> None:
    assert suggest(days(100, 1), Bought(Decimal(280), Decimal(28)), TODAY, "EUR") is None


@given(
    spend=st.decimals("0.01", "1000000", places=2),
    conversions=st.integers(0, 100_000),
    all_conversions=st.integers(30, 10**7),
)
def test_a_step_is_never_more_than_a_fifth_and_always_one(
    spend: Decimal, conversions: int, all_conversions: int
) -> None:
    own = days(spend, conversions)
    everyone = Bought(28 * spend + 1_000, Decimal(28 * conversions + all_conversions))
    if (found := suggest(own, everyone, TODAY, "EUR")) is not None:
        now, then = found.current_daily_spend.decimal, found.daily_budget.decimal
        assert now * Decimal("0.8") <= then <= now * Decimal("1.2")
        assert suggest(own, everyone, TODAY, "EUR") == found
