"""A run can be repeated: the same seed, the same people, ads, companies and kills."""

from collections import Counter

from tests.chaos import companies, metrics, sums
from tests.chaos.calls import Request
from tests.chaos.ledger import Recorded
from tests.chaos.people import MOST_OBSERVATIONS, Row, requests
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


def test_kills_come_while_the_load_does() -> None:
    plan = faults(7, SIZES["quick"], TARGETS)
    assert [fault.after for fault in plan] == sorted(fault.after for fault in plan)
    assert all(0 < fault.after < SIZES["quick"].posted for fault in plan)


def test_the_same_seed_makes_the_same_calls_with_the_same_keys() -> None:
    assert requests(7, 500) == requests(7, 500)
    assert requests(7, 500) != requests(8, 500)


def test_calls_hold_as_many_leads_as_asked_of_every_kind() -> None:
    calls = requests(7, 1_000)
    people = [row.person for row in _rows(calls)]
    assert len(people) == 1_000
    assert {person.grade for person in people} == {"A", "B", "C"}
    assert {person.consent for person in people} == {True, False}
    assert len({call.key for call in calls}) == len(calls)
    assert any(call.batch for call in calls) and not all(call.batch for call in calls)
    assert _most_often(calls) == MOST_OBSERVATIONS


def test_calls_of_all_kinds_come_through_each_other_and_each_after_the_one_it_waits_for() -> None:
    calls = SIZES["quick"].calls(7)
    assert calls == SIZES["quick"].calls(7) != SIZES["quick"].calls(8)
    assert len({call.key for call in calls}) == len(calls)
    half = {call.to.path for call in calls[: len(calls) // 2]}
    assert (
        half
        == {call.to.path for call in calls[len(calls) // 2 :]}
        == {
            "/v1/leads",
            "/v1/ad-metrics",
            "/v1/companies",
        }
    )
    place = {call.key: number for number, call in enumerate(calls)}
    assert all(place[call.after] < place[call.key] for call in calls if call.after)


def test_reports_are_new_revised_late_and_copies_and_no_two_of_one_moment_differ() -> None:
    reports = [row for call in metrics.requests(7, 1_000) for row in call.rows if isinstance(row, metrics.Report)]
    assert len(reports) == 1_000
    moments = {(one.name, one.as_of): one.sent for one in reports}
    assert all(moments[one.name, one.as_of] == one.sent for one in reports)
    assert len(reports) - len(moments) > 30, "too few copies"
    told = [[one.as_of for one in reports if one.name == name] for name in {one.name for one in reports}]
    assert sum(some != sorted(some) for some in told) > 30, "too few come late"
    assert sum(some[-1] == max(some) > some[0] for some in told) > 30, "too few revisions stand"


def test_companies_change_and_some_can_be_part_of_no_figure() -> None:
    told = [row for call in companies.posted(7, 500) for row in call.rows if isinstance(row, companies.Told)]
    known, fates = sums.companies(map(Recorded, told))
    assert Counter(fates)["created"] == len(known) == 500
    assert min(Counter(fates).values()) > 10
    lacking = Counter(name for one in known.values() for name in one.lacks())
    assert set(lacking) == {"industry", "country", "revenue", "profit", "assets", "currency"}


def test_a_file_says_of_its_companies_what_its_rows_say() -> None:
    file = companies.file(7, 50)
    assert len(file.text.splitlines()) == 1 + len(file.rows) == 1 + 50 * companies.TIMES_IN_FILE
    fates = Counter(sums.companies(map(Recorded, file.rows))[1])
    assert fates["created"] == 50 and 0 < fates["changed"] < fates["unchanged"]


def _most_often(calls: list[Request]) -> int:
    return max(Counter(row.person for row in _rows(calls)).values())


def _rows(calls: list[Request]) -> list[Row]:
    return [row for call in calls for row in call.rows if isinstance(row, Row)]
