"""Axes hold what they show at round numbers; a day alone is seen; the document is whole for any figures."""

import math
from datetime import date, timedelta
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from services.analytics_svc.anomalies.axes import day_ticks, tick_text, ticks
from services.analytics_svc.anomalies.plot import HEIGHT, WIDTH, Plot, Point, svg

FIRST = date(2026, 1, 1)


@given(st.floats(-1e9, 0), st.floats(0, 1e12))
def test_ticks_hold_the_range_at_steps_of_one_two_or_five(low: float, high: float) -> None:
    if 0 < high - low < 1e-6:
        high = low + 1e-6
    found = ticks(low, high)
    assert 2 <= len(found) <= 9
    step = found[1] - found[0]
    assert found[0] <= low + 1e-6 * step
    assert found[-1] >= high - 1e-6 * step
    leading = step / 10 ** math.floor(math.log10(step) + 1e-6)
    assert min(abs(leading - one) for one in (1, 2, 5)) < 1e-3


def test_ticks_are_written_with_the_decimals_of_their_step() -> None:
    assert [tick_text(value, 0.02) for value in (0.0, 0.02)] == ["0.00", "0.02"]
    assert tick_text(1_500_000, 500_000) == "1,500,000"


@given(st.integers(0, 399), st.dates(date(2000, 1, 1), date(2050, 1, 1)))
def test_days_have_at_most_ten_ticks_and_the_year_once_for_each(span: int, first: date) -> None:
    found = list(day_ticks(first, first + timedelta(days=span)))
    assert len(found) <= 10
    assert all(first <= day <= first + timedelta(days=span) for day, _ in found)
    assert sum(text.endswith(str(day.year)) for day, text in found) == len({day.year for day, _ in found})


def plot(points: list[Point], days: int = 30) -> str:
    return svg(Plot("a <title> & more", "what is seen", "spend (EUR)", FIRST, FIRST + timedelta(days=days), points))


def test_a_day_alone_between_gaps_is_drawn_with_its_band() -> None:
    drawn = ElementTree.fromstring(plot([Point(FIRST + timedelta(days=5), 10, "ten", low=5, high=15)]))  # noqa: S314
    [band] = drawn.findall("{*}polygon")
    places = [tuple(map(float, corner.split(","))) for corner in (band.get("points") or "").split()]
    assert max(x for x, _ in places) - min(x for x, _ in places) > 4
    assert len(drawn.findall("{*}circle")) == 1


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.floats(-1e6, 1e12), st.floats(0, 1e12)), max_size=60))
def test_all_that_is_drawn_lies_inside_the_picture(figures: list[tuple[bool, float, float]]) -> None:
    points = [
        Point(FIRST + timedelta(days=n), value, "why", low=0, high=high, mark="alarm" if n % 7 == 0 else None)
        for n, (known, value, high) in enumerate(figures)
        if known
    ]
    drawn = ElementTree.fromstring(plot(points, max(len(figures), 1)))  # noqa: S314
    for element in drawn:
        for name, most in (("x", WIDTH), ("cx", WIDTH), ("x1", WIDTH), ("y", HEIGHT), ("cy", HEIGHT), ("y1", HEIGHT)):
            assert 0 <= float(element.get(name, "0")) <= most, (element.tag, name)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_whatever_names_hold_the_document_is_well_formed(name: str) -> None:
    point = Point(FIRST, 1.0, name, mark="alarm")
    ElementTree.fromstring(svg(Plot(name, name, name, FIRST, FIRST, [point])))  # noqa: S314 - our own document


def test_what_no_document_may_hold_is_replaced() -> None:
    assert "a\ufffdb" in svg(Plot("a\uffffb", "", "", FIRST, FIRST, []))
