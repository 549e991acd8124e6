"""What is usual raises nothing, what is not is found, and no verdict knows of what came after it."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.analytics_svc.anomalies.expectation import LEAST_READINGS, Expected, TooShort, expect
from tests.analytics_svc.anomalies.chance import WEEK, counts, readings, scattered, verdicts

Made = Callable[[int], list[float]]

USUAL: dict[str, Made] = {
    "constant": lambda seed: [100.0 + seed] * 120,
    "weekdays": lambda seed: [(1_000 + seed) * WEEK[day % 7] for day in range(120)],
    "trend": lambda seed: [(1_000 + 10 * day) * WEEK[day % 7] for day in range(120)],
    "growth": lambda seed: [1_000 * WEEK[day % 7] * 1.01**day for day in range(120)],
    "rests at weekends": lambda seed: [0.0 if day % 7 > 4 else 500.0 for day in range(120)],
    "nothing at all": lambda seed: [0.0] * 120,
}
NOISY: dict[str, Made] = {
    "few": lambda seed: counts(200, lambda day: 5, seed),
    "fifty": lambda seed: counts(200, lambda day: 50, seed),
    "weekdays": lambda seed: counts(200, lambda day: 200 * WEEK[day % 7], seed),
    "many": lambda seed: counts(200, lambda day: 5_000 * WEEK[day % 7], seed),
    "resting": lambda seed: counts(200, lambda day: 0 if day % 7 > 4 else 200, seed),
    "money": lambda seed: scattered(200, lambda day: 1_000 * WEEK[day % 7], seed),
    "wild money": lambda seed: scattered(200, lambda day: 1_000 * WEEK[day % 7], seed, spread=0.3),
    "growing money": lambda seed: scattered(200, lambda day: 1_000 * WEEK[day % 7] * 1.01**day, seed),
}


def of_days(values: list[float], day: int) -> Expected:
    expected = expect(readings(values), day, (day % 7,), 7)
    assert isinstance(expected, Expected)
    return expected


@pytest.mark.parametrize("kind", USUAL)
def test_what_is_always_the_same_or_follows_weekdays_and_trend_raises_nothing(kind: str) -> None:
    assert verdicts(readings(USUAL[kind](0))) == {}


@pytest.mark.parametrize("kind", NOISY)
def test_noise_raises_a_notice_once_in_five_hundred_days_and_an_alarm_once_in_two_thousand(kind: str) -> None:
    said = [verdict for seed in range(20) for verdict in verdicts(readings(NOISY[kind](seed))).values()]
    judged = 20 * (200 - LEAST_READINGS)
    assert len(said) <= judged / 500
    assert sum(verdict.severity == "alarm" for verdict in said) <= judged / 2_000


@pytest.mark.parametrize("kind", ["fifty", "weekdays", "many", "money", "growing money"])
@pytest.mark.parametrize("seed", range(5))
def test_a_vanished_day_is_an_alarm(kind: str, seed: int) -> None:
    values = NOISY[kind](seed)[:100]
    day = 91 + seed  # Monday to Friday
    values[day] = 0.0
    verdict = verdicts(readings(values))[day]
    assert (verdict.direction, verdict.severity) == ("down", "alarm")


@pytest.mark.parametrize("kind", ["weekdays", "many", "money", "growing money"])
def test_a_doubled_day_is_seen_and_one_of_three_times_the_usual_is_an_alarm(kind: str) -> None:
    seen = alarms = 0
    for seed in range(20):
        values, day = NOISY[kind](seed)[:100], 91 + seed % 5
        doubled, tripled = ([*values[:day], values[day] * times, *values[day + 1 :]] for times in (2, 3))
        seen += day in verdicts(readings(doubled))
        alarms += verdicts(readings(tripled))[day].severity == "alarm"
    assert (seen >= 19, alarms) == (True, 20)  # twice a day that chance had made small may be nothing


def test_an_alarm_is_raised_where_a_deviation_persists_though_each_day_alone_is_only_worth_a_notice() -> None:
    values = [100.0] * 60 + [124.0, 124.0]
    assert [(day, said.severity, said.persists) for day, said in verdicts(readings(values, counted=False)).items()] == [
        (60, "notice", False),
        (61, "alarm", True),
    ]


def test_a_new_level_is_news_for_about_a_week_and_then_usual() -> None:
    said = verdicts(readings([100.0] * 60 + [200.0] * 60))
    assert min(said) == 60
    assert 5 <= len(said) <= 10
    assert max(said) < 70


def test_three_bad_days_do_not_change_what_is_expected_of_the_next() -> None:
    values = scattered(90, lambda day: 1_000 * WEEK[day % 7], seed=3)
    spoilt = [*values[:80], 0.0, 0.0, 9_999_999.0, *values[83:]]
    assert of_days(spoilt, 84).value == pytest.approx(of_days(values, 84).value, rel=0.15)


def test_too_short_a_past_is_said_and_raises_nothing() -> None:
    for known in (0, 1, LEAST_READINGS - 1):
        expected = expect(readings([100.0] * known), known, (0,), 7)
        assert isinstance(expected, TooShort)
        assert expected.reason == f"{known} readings before it, and 14 are needed to know what is usual"


def test_days_without_figures_are_gaps_and_not_zeros() -> None:
    full = scattered(90, lambda day: 1_000 * WEEK[day % 7], seed=1)
    gaps: list[float | None] = [None if day % 5 == 2 else value for day, value in enumerate(full)]
    assert verdicts(readings(gaps)) == {}
    expected = expect(readings(gaps), 90, (90 % 7,), 7)
    assert isinstance(expected, Expected)
    assert expected.value == pytest.approx(1_000 * WEEK[90 % 7], rel=0.2)


def test_a_past_that_is_all_older_than_the_window_is_no_past() -> None:
    assert expect(readings([100.0] * 60), 60 + 56, (4,), 7) == TooShort(0)


def test_what_is_counted_errs_by_its_root_and_no_less() -> None:
    """Eleven of ten expected is nothing, eleven hundred of a thousand is little, though both pasts were constant."""
    assert of_days([10.0] * 60, 60).low < 2
    assert 1_000 - of_days([1_000.0] * 60, 60).low == pytest.approx(4 * math.sqrt(1_000), rel=0.6)


@pytest.mark.parametrize("kind", ["weekdays", "many", "money"])
def test_the_expected_range_holds_what_comes(kind: str) -> None:
    inside = total = 0
    for seed in range(5):
        values = NOISY[kind](seed)
        for day in range(60, 200):
            expected = of_days(values, day)
            assert 0 <= expected.low <= expected.value <= expected.high
            inside += expected.low <= values[day] <= expected.high
            total += 1
    assert inside / total > 0.995


@settings(max_examples=50, deadline=None)
@given(
    past=st.lists(st.none() | st.floats(0, 1e9), min_size=20, max_size=70),
    future=st.lists(st.floats(0, 1e12), max_size=10),
    other=st.lists(st.floats(0, 1e12), max_size=10),
)
def test_the_future_changes_no_verdict(past: list[float | None], future: list[float], other: list[float]) -> None:
    day = len(past) - 1
    with_one, with_other = (
        expect(readings([*past, *coming], counted=False), day, (day % 7,), 7) for coming in (future, other)
    )
    assert with_one == with_other
    own: list[float | None] = [*past[:-1], 123456.0, *future]
    assert expect(readings(own, counted=False), day, (day % 7,), 7) == with_one


@settings(max_examples=50, deadline=None)
@given(st.lists(st.none() | st.floats(-1e12, 1e12), min_size=1, max_size=80))
def test_any_past_gives_a_range_of_numbers_or_says_why_not(past: list[float | None]) -> None:
    expected = expect(readings(past, counted=False), len(past), (len(past) % 7,), 7)
    if isinstance(expected, Expected):
        assert all(math.isfinite(one) for one in (expected.low, expected.value, expected.high, expected.strays(1.0)))
        assert expected.low <= expected.high
