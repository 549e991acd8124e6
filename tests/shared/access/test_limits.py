"""Limits: how many in a minute, for each name by itself, and when to come again."""

import pytest

from shared.access import limits
from shared.access.limits import Limit
from shared.problems import Problem


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """One number: what the clock says."""
    now = [1_000.0]
    monkeypatch.setattr("shared.access.limits.time.monotonic", lambda: now[0])
    return now


def spent(limit: Limit, name: str, times: int) -> int:
    """How often it worked."""
    for done in range(times):
        try:
            limit.spend(name)
        except Problem:
            return done
    return times


def test_a_minutes_worth_at_once_then_as_it_refills(clock: list[float]) -> None:
    limit = Limit(60)
    assert spent(limit, "ada", 100) == 60
    clock[0] += 10
    assert spent(limit, "ada", 100) == 10
    clock[0] += 1e6
    assert spent(limit, "ada", 100) == 60


def test_one_name_takes_nothing_from_another(clock: list[float]) -> None:
    limit = Limit(5)
    assert (spent(limit, "ada", 9), spent(limit, "eve", 9)) == (5, 5)


def test_the_refusal_says_when_to_come_again_and_is_right(clock: list[float]) -> None:
    limit = Limit(6)
    spent(limit, "ada", 6)
    with pytest.raises(Problem) as refused:
        limit.spend("ada")
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (429, "10")
    clock[0] += 10
    assert spent(limit, "ada", 2) == 1


def test_what_is_left_is_said_and_when_all_is_there_again(clock: list[float]) -> None:
    limit = Limit(6)
    assert (limit.policy, limit.spend("ada")) == ('"minute";q=6;w=60', '"minute";r=5;t=10')
    clock[0] += 4
    assert (limit.spend("ada"), limit.said("eve")) == ('"minute";r=4;t=16', '"minute";r=6;t=0')


def test_zero_is_no_limit() -> None:
    assert spent(Limit(0), "ada", 10_000) == 10_000
    assert Limit(0).spend("ada") == ""


def test_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_NAMES", 3)
    limit = Limit(5)
    for name in range(10):
        limit.spend(str(name))
    assert len(limit._left) == 3
