"""What is known of a person, in whatever order it is learnt: what was true last stands."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.customer_svc.contacts.leads import LeadIn
from services.customer_svc.contacts.profile import Profile

FIRST = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
NOW = FIRST + timedelta(days=30)

SAID = st.fixed_dictionaries(
    {},
    optional={
        "job_title": st.sampled_from(["CTO", "Intern"]),
        "company": st.sampled_from(["Engines", "Umbra"]),
        "utm": st.sampled_from([{"source": "fair"}, {"source": "web"}]),
        "attributes": st.dictionaries(st.sampled_from("ab"), st.integers(0, 9), min_size=1),
    },
)


def lead(day: int | None, said: dict[str, Any]) -> LeadIn:
    return LeadIn(source="x", occurred_at=None if day is None else FIRST + timedelta(days=day), **said)


def learnt(leads: list[LeadIn], now: datetime = NOW) -> Profile:
    profile = Profile(source="x")
    for one in leads:
        profile.observe(one, now)
    return profile


@given(st.lists(SAID, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_in_any_order_what_the_newest_says_stands_and_nothing_said_is_missing(
    said: list[dict[str, Any]], chance: Any
) -> None:
    leads = [lead(day, one) for day, one in enumerate(said)]
    chance.shuffle(leads)
    profile = learnt(leads)
    describing = [one for one in said if one]
    for name, value in (describing[-1] if describing else {}).items():
        known = getattr(profile, name)
        assert known | value == known if name == "attributes" else known == value
    for name in ("job_title", "company", "utm", "attributes"):
        told = [one[name] for one in said if name in one]
        assert bool(getattr(profile, name)) == bool(told), name
        if name == "attributes":
            assert profile.attributes.keys() == {key for one in told for key in one}
        elif told:
            assert getattr(profile, name) in told


@given(st.lists(SAID, max_size=6))
def test_what_comes_in_its_order_is_as_if_each_overwrote_what_was_before(said: list[dict[str, Any]]) -> None:
    in_order = learnt([lead(day, one) for day, one in enumerate(said)])
    at_once = learnt([lead(None, one) for one in said])
    for name in ("job_title", "company", "utm", "attributes"):
        assert getattr(in_order, name) == getattr(at_once, name)


def test_who_does_not_say_when_is_not_overtaken_by_the_clock_of_another_process() -> None:
    profile = learnt([lead(None, {"job_title": "Intern"})])
    profile.observe(lead(None, {"job_title": "CTO"}), NOW - timedelta(seconds=1))
    assert (profile.job_title, profile.described_at) == ("CTO", NOW)


def test_a_fast_clock_describes_nobody_in_advance() -> None:
    profile = learnt([lead(30, {"job_title": "Intern"})], now=FIRST)
    assert profile.described_at == FIRST
