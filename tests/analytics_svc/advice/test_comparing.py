"""A ratio changed where it moved by more than chance and by enough to matter; too little says nothing."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from random import Random

import pytest

from services.analytics_svc.advice.comparing import AFTER, RATIOS, compare, reason
from services.analytics_svc.channels.days import CampaignDay
from shared.contracts.analytics import Measure
from tests.analytics_svc.anomalies.ads import TODAY
from tests.analytics_svc.anomalies.chance import poisson


def weeks(
    *, clicks: float = 300, conversions: float = 30, spend: float = 300, now: float = 1.0, seed: int = 1, days: int = 35
) -> list[CampaignDay]:
    """Counts that scatter as counts do; `now` times the cost in the newest week."""
    chance, made = Random(seed), []
    for ago in reversed(range(days)):
        day, clicked = TODAY - timedelta(days=ago), poisson(chance, clicks)
        cost = Decimal(f"{spend * clicked / max(clicks, 1) * (now if ago < 7 else 1):.2f}")
        at = datetime.combine(day + timedelta(days=1), time(6), UTC)
        bought = Decimal(poisson(chance, conversions))
        made.append(CampaignDay("", "search", "", "EUR", day, clicked * 50, clicked, cost, bought, cost * 3, at))
    return made


@pytest.mark.parametrize(("now", "direction"), [(1.5, "worse"), (0.6, "better")])
def test_a_cost_that_moved_is_a_change_with_its_direction(now: float, direction: str) -> None:
    for measure in ("cpc", "cpa"):
        found = compare(weeks(now=now), measure, TODAY)
        assert found and found.changed
        assert found.direction == direction
        assert float(found.change) == pytest.approx(now - 1, abs=0.15)


def test_noise_is_a_change_in_less_than_one_of_two_hundred_comparisons() -> None:
    kinds = [(300.0, 30.0), (30.0, 5.0), (3_000.0, 300.0)]
    found = [
        compare(weeks(clicks=clicks, conversions=conversions, seed=seed), measure, TODAY)
        for clicks, conversions in kinds
        for seed in range(50)
        for measure in RATIOS
    ]
    assert sum(one is not None and one.changed for one in found) <= len(found) / 200


@pytest.mark.parametrize("measure", RATIOS)
def test_a_small_move_is_none_however_sure(measure: Measure) -> None:
    found = compare(weeks(clicks=100_000, conversions=10_000, now=1.15), measure, TODAY)
    assert found is not None
    assert not found.changed


def test_too_few_conversions_or_days_say_nothing() -> None:
    assert compare(weeks(conversions=1, now=3), "cpa", TODAY) is None
    assert compare(weeks(days=14, now=3), "cpc", TODAY) is None
    assert compare([], "ctr", TODAY) is None


def test_days_after_the_newest_are_not_looked_at() -> None:
    found = weeks(now=2)
    earlier = TODAY - timedelta(days=7)
    assert compare(found, "cpc", earlier) == compare([one for one in found if one.day <= earlier], "cpc", earlier)


def test_a_change_stands_until_less_than_half_of_what_it_took_is_left() -> None:
    full, half, gone = (compare(weeks(now=now), "cpc", TODAY) for now in (1.5, 1.15, 1.02))
    assert full and half and gone
    assert (full.still("worse"), half.changed, half.still("worse"), gone.still("worse")) == (True, False, True, False)
    assert not full.still("better")


def test_the_reason_is_a_sentence_with_both_figures() -> None:
    found = compare(weeks(now=1.5), "cpc", TODAY)
    assert found
    assert reason("cpc", found, "EUR") == "a click cost 1.50 EUR in the last 7 days, 1.00 in the 28 days before"


def test_a_ratio_next_to_nothing_can_change_too() -> None:
    days = [replace(day, revenue=Decimal("0.000000001")) if day.day <= TODAY - AFTER else day for day in weeks()]
    found = compare(days, "roas", TODAY)
    assert found and found.changed
    assert (found.before, found.after) == (Decimal(0), Decimal(3))
    assert found.change > 10**10
