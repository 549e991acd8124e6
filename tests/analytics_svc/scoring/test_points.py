"""Scores are made of reasons, and of nothing else."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.analytics_svc.scoring.points import EngagementRule, FitRule, Grades, Points, score
from services.analytics_svc.scoring.standard import STANDARD
from shared.conditions import Group, Rule
from tests.analytics_svc.scoring.leads import A, B, C, captured

WORTH = st.integers(-1_000, 1_000)
SOURCES = st.sampled_from(["website", "webinar", "event"])
TIMES = st.integers(0, 20)


def rule_about(field: str, value: Any, points: int) -> FitRule:
    when = Group(combinator="and", rules=[Rule(field=field, operator="=", value=value)])
    return FitRule(when=when, points=points, reason=f"{field} fits")


FIT = st.builds(rule_about, st.just("industry"), st.sampled_from(["software", "retail"]), WORTH)
ENGAGEMENT = st.builds(
    EngagementRule,
    points=WORTH,
    reason=st.just("did it"),
    source=st.none() | SOURCES,
    after=TIMES,
    at_most=st.integers(1, 9),
)
POINTS = st.builds(
    Points,
    fit=st.lists(FIT, max_size=5),
    engagement=st.lists(ENGAGEMENT, max_size=5),
    grades=st.just(Grades(A=70, B=40)),
)


@settings(deadline=None, max_examples=200)
@given(POINTS, st.dictionaries(SOURCES, TIMES), st.sampled_from(["software", "retail", None]))
def test_contributions_add_up_to_the_score_exactly(points: Points, seen: dict[str, int], industry: str | None) -> None:
    made = score(points, {"industry": industry, "observations": sum(seen.values()), "observation_sources": seen})
    of = {part: sum(c.points for c in made.contributions if c.part == part) for part in ("fit", "engagement")}
    assert (made.fit, made.engagement, made.score) == (of["fit"], of["engagement"], of["fit"] + of["engagement"])


@pytest.mark.parametrize(("facts", "grade", "total"), [(A, "A", 85), (B, "B", 45), (C, "C", 15)])
def test_a_new_system_tells_good_leads_from_others(facts: dict[str, Any], grade: str, total: int) -> None:
    made = score(STANDARD, vars(captured(**facts)))
    assert (made.grade, made.score) == (grade, total)


def test_a_reason_may_take_points_away() -> None:
    made = score(STANDARD, vars(captured(job_title="Student of law", source="list", observation_sources={})))
    assert [(c.reason, c.points) for c in made.contributions] == [("is still learning the trade", -20)]
    assert made.grade == "C"


def test_observations_count_from_after_until_at_most() -> None:
    points = Points(
        fit=[],
        engagement=[EngagementRule(points=3, reason="came back", after=1, at_most=4)],
        grades=Grades(A=2, B=1),
    )
    scores = [score(points, vars(captured(number=number))).score for number in (1, 2, 3, 5, 6, 50)]
    assert scores == [0, 3, 6, 12, 12, 12]


def test_a_contribution_says_how_often_it_was_earned() -> None:
    reasons = [c.reason for c in score(STANDARD, vars(captured(number=3))).contributions]
    assert reasons == ["came by the website, 3 times", "came back, 2 times"]
