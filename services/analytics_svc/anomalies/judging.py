"""Days judged by the days before them. Pure: what came in is all it knows.

A day is complete when its figures were true at its end (UTC). One that is not can only be too much already: what is too
little may still grow. As a past of other days both count: some networks date all figures to the day itself.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from services.analytics_svc.anomalies.expectation import (
    WINDOW,
    Expected,
    Reading,
    TooShort,
    Verdict,
    expect,
    judge,
)
from services.analytics_svc.anomalies.measures import KINDS, count_of, value_of, written
from services.analytics_svc.channels.days import CampaignDay, is_complete
from shared.contracts.analytics import Measure
from shared.contracts.campaign import AdMetricReported

CYCLE = 7
PAST = timedelta(days=WINDOW * CYCLE)
FRESH = timedelta(days=14)
"""Figures that were reported longer after their day are history, and begin no alarm."""
LEAST_MONEY = 1.0
"""Of a currency unit: pennies stray by themselves."""


@dataclass(frozen=True, slots=True)
class Judged:
    """`verdict` is None for a day that is as usual, or of which too little is known to say."""

    day: CampaignDay
    measure: Measure
    actual: Decimal
    expected: Expected | TooShort
    verdict: Verdict | None
    complete: bool

    @property
    def reason(self) -> str:
        """A sentence for people."""
        what = f"{KINDS[self.measure].words} of {written(self.actual, self.measure, self.day.currency)}"
        when = f"on {self.day.day:%A} {self.day.day.day} {self.day.day:%B %Y}" + ("" if self.complete else " so far")
        if isinstance(self.expected, TooShort):
            return f"{what} {when}; {self.expected.reason}"
        low, high = (written(bound, self.measure) for bound in (self.expected.low, self.expected.high))
        if self.verdict is None:
            return f"{what} {when} is within what was expected, {low} to {high}"
        again = ", and the reading before strayed the same way" if self.persists else ""
        return f"{what} {when}; {low} to {high} was expected from the {self.expected.readings} days before{again}"

    @property
    def persists(self) -> bool:
        return self.verdict is not None and self.verdict.persists


def judged(days: Sequence[CampaignDay], measure: Measure, wanted: Container[date]) -> list[Judged]:
    """Those of `days` that are wanted and have the measure. All are of one series and currency, in order of the day;
    each is judged by those before it.
    """
    having = [(day, value) for day in days if (value := value_of(day, measure)) is not None]
    past = [reading_of(day, value, measure) for day, value in having]
    found: dict[date, Judged] = {}
    for at, (day, value) in enumerate(having):
        if day.day in wanted:
            one = _judged(past, day, value, measure)
            if one.verdict and at:  # only then does it matter where the reading before strayed to
                last, last_value = having[at - 1]
                before = found.get(last.day) or _judged(past, last, last_value, measure)
                one = replace(one, verdict=_after(one, before))
            found[day.day] = one
    return list(found.values())


def _after(one: Judged, before: Judged) -> Verdict | None:
    if isinstance(one.expected, TooShort) or before.verdict is None:
        return one.verdict
    return judge(one.expected, float(one.actual), before.verdict.direction)


def is_fresh(day: CampaignDay | AdMetricReported) -> bool:
    return day.as_of.date() - day.day <= FRESH


def has_come(event: AdMetricReported) -> bool:
    """A network, or a slip of a pen, may date figures to a year to come; ours is the clock that tells."""
    return event.day <= min(event.as_of, event.told_at).date()


def reading_of(day: CampaignDay, value: Decimal, measure: Measure) -> Reading:
    return Reading(day.day.toordinal(), (day.day.weekday(),), float(value), count_of(day, measure))


def _judged(past: Sequence[Reading], day: CampaignDay, value: Decimal, measure: Measure) -> Judged:
    reading, complete = reading_of(day, value, measure), is_complete(day)
    known = reading.counted if KINDS[measure].ratio else None
    expected = expect(past, reading.step, reading.slots, CYCLE, known)
    verdict = None
    if isinstance(expected, Expected) and _large_enough(expected, reading, measure):
        verdict = judge(expected, reading.value)
    if verdict and not complete and (verdict.direction == "down" or KINDS[measure].ratio):
        verdict = None
    return Judged(day, measure, value, expected, verdict, complete)


def _large_enough(expected: Expected, reading: Reading, measure: Measure) -> bool:
    """A count is large enough if either was to be expected or came; a ratio, if enough was counted for it."""
    kind = KINDS[measure]
    if kind.ratio:
        return reading.counted is not None and reading.counted >= kind.least
    return max(expected.value, reading.value) >= (kind.least or LEAST_MONEY)
