"""A score from points and facts. Pure: signed contributions that add up to it exactly, in whatever order facts came.

*Fit* is who they are: rules about attributes. *Engagement* is what they did: how often they were observed, and by which
source, counted over the whole life of the contact.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from shared.conditions import Group, check, evaluate
from shared.contracts.analytics import Contribution, Grade
from shared.contracts.fields import OF_A_LEAD
from shared.problems import FieldError, Problem, invalid_fields
from shared.types import LINE, WHOLE

FIELDS = OF_A_LEAD
"""What `when` may be about. `consent` holds permissions such as `marketing:email`."""

Worth = Annotated[int, Field(strict=True, ge=-1_000, le=1_000, description="Negative points take away."), WHOLE]
Reason = Annotated[str, Field(min_length=1, max_length=200, examples=["decides about purchases"]), LINE]
Times = Annotated[int, Field(strict=True, ge=0, le=10_000), WHOLE]
Threshold = Annotated[int, Field(strict=True, ge=-1_000_000, le=1_000_000), WHOLE]


class FitRule(BaseModel):
    """Points for who they are: given once, where `when` is true."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    when: Group = Field(description="A condition about: " + ", ".join(sorted(FIELDS)))
    points: Worth
    reason: Reason


class EngagementRule(BaseModel):
    """Points for each observation, of one source or of all: the first `after` are not counted, then `at_most` are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    points: Worth
    reason: Reason
    source: Annotated[str, Field(min_length=1), LINE] | None = None
    after: Times = 0
    at_most: Annotated[int, Field(strict=True, ge=1, le=10_000), WHOLE] = 1


class Grades(BaseModel):
    """The least score of each band; below B is C."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    A: Threshold
    B: Threshold

    @model_validator(mode="after")
    def _descending(self) -> Self:
        if self.A <= self.B:
            raise PydanticCustomError("grades", "A must begin above B")
        return self


class Points(BaseModel):
    """What is worth how much."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fit: list[FitRule] = Field(max_length=100)
    engagement: list[EngagementRule] = Field(max_length=100)
    grades: Grades


@dataclass(frozen=True, slots=True)
class Score:
    """`score` = `fit` + `engagement` = the sum of the contributions."""

    score: int
    fit: int
    engagement: int
    grade: Grade
    contributions: tuple[Contribution, ...]


def refuse_unknown_fields(points: Points) -> None:
    """Raises Problem 422 with a pointer to each rule that asks what no lead can answer."""
    faults: list[FieldError] = []
    for index, rule in enumerate(points.fit):
        try:
            check(rule.when, FIELDS, f"/fit/{index}/when")
        except Problem as problem:
            faults += problem.errors
    if faults:
        raise invalid_fields(faults)


def score(points: Points, facts: Mapping[str, Any]) -> Score:
    """`facts` are those of a `lead.captured`, which counts all observations of the contact."""
    fit, engagement = list(_fit(points, facts)), list(_engagement(points, facts))
    of_fit, of_engagement = _sum(fit), _sum(engagement)
    total = of_fit + of_engagement
    return Score(total, of_fit, of_engagement, grade(points.grades, total), (*fit, *engagement))


def grade(grades: Grades, total: int) -> Grade:
    if total >= grades.A:
        return "A"
    return "B" if total >= grades.B else "C"


def _fit(points: Points, facts: Mapping[str, Any]) -> Iterator[Contribution]:
    for rule in points.fit:
        if rule.points and evaluate(rule.when, facts).truth:
            yield Contribution(reason=rule.reason, points=rule.points, part="fit")


def _engagement(points: Points, facts: Mapping[str, Any]) -> Iterator[Contribution]:
    sources: Mapping[str, int] = facts["observation_sources"]
    for rule in points.engagement:
        seen = facts["observations"] if rule.source is None else sources.get(rule.source, 0)
        times = min(max(seen - rule.after, 0), rule.at_most)
        if times and rule.points:
            reason = rule.reason if times == 1 else f"{rule.reason}, {times} times"
            yield Contribution(reason=reason, points=rule.points * times, part="engagement")


def _sum(contributions: list[Contribution]) -> int:
    return sum(contribution.points for contribution in contributions)
