"""A run can be repeated: the same seed, the same people, the same kills."""

from collections import Counter

from tests.chaos.people import MOST_OBSERVATIONS, Request, requests
from tests.chaos.plan import SIZES, faults

TARGETS = ["customer-api", "campaign-worker-1", "broker", "smtp"]


def test_the_same_seed_makes_the_same_plan_and_another_makes_another() -> None:
    assert faults(7, SIZES["quick"], TARGETS) == faults(7, SIZES["quick"], TARGETS)
    assert faults(7, SIZES["quick"], TARGETS) != faults(8, SIZES["quick"], TARGETS)


def test_every_target_has_its_turn_before_any_is_killed_again() -> None:
    plan = faults(7, SIZES["quick"], TARGETS)
    assert len(plan) == 20
    assert set(Counter(fault.target for fault in plan).values()) == {5}
    assert {fault.target for fault in plan[: len(TARGETS)]} == set(TARGETS)


def test_kills_come_while_leads_do() -> None:
    plan = faults(7, SIZES["quick"], TARGETS)
    assert [fault.after for fault in plan] == sorted(fault.after for fault in plan)
    assert all(0 < fault.after < SIZES["quick"].leads for fault in plan)


def test_the_same_seed_makes_the_same_calls_with_the_same_keys() -> None:
    assert requests(7, 500) == requests(7, 500)
    assert requests(7, 500) != requests(8, 500)


def test_calls_hold_as_many_leads_as_asked_of_every_kind() -> None:
    calls = requests(7, 1_000)
    people = [row.person for call in calls for row in call.rows]
    assert len(people) == 1_000
    assert {person.grade for person in people} == {"A", "B", "C"}
    assert {person.consent for person in people} == {True, False}
    assert len({call.key for call in calls}) == len(calls)
    assert any(call.batch for call in calls) and not all(call.batch for call in calls)
    assert _most_often(calls) == MOST_OBSERVATIONS


def _most_often(calls: list[Request]) -> int:
    return max(Counter(row.person for call in calls for row in call.rows).values())
