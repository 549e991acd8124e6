"""A figure over days as SVG. Pure text: no script, no style sheet, nothing from elsewhere, so any policy lets it in.

What is not known is not drawn: a gap stays a gap, in the line and in the band. Nothing is said by colour alone, and
whoever cannot see it reads the title, the description, and each marked day.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

from services.analytics_svc.anomalies.axes import day_ticks, tick_text, ticks
from services.analytics_svc.anomalies.expectation import Severity

WIDTH, HEIGHT = 960, 420
LEFT, RIGHT, TOP, BOTTOM = 84, 24, 84, 52
INK, FAINT, GRID = "#1f2933", "#52606d", "#e4e7eb"
LINE, BAND, ALARM, NOTICE = "#1f5fa8", "#cfe2f5", "#b42318", "#b54708"
CROWDED = 120
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Of it a document may hold nothing, escaped or not: one such character and no browser shows any of it."""
FONT = 'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif"'


@dataclass(frozen=True, slots=True)
class Point:
    """`reason` is a sentence for who points at it."""

    day: date
    value: float
    reason: str
    low: float | None = None
    high: float | None = None
    mark: Severity | None = None
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Plot:
    """`points` in order of the day, at most one each; `unit` is written at the axis."""

    title: str
    description: str
    unit: str
    first: date
    last: date
    points: Sequence[Point]


def svg(plot: Plot) -> str:
    """The whole document."""
    scale = _Scale(plot)
    parts = [_frame(plot), *_grid(scale, plot), *_band(scale, plot.points), *_line(scale, plot.points)]
    parts += [*_marks(scale, plot.points), *_legend(plot.points)]
    return "\n".join([*parts, "</svg>", ""])


class _Scale:
    """From days and values to places. It begins at zero, or below where a value does."""

    def __init__(self, plot: Plot) -> None:
        values = [point.value for point in plot.points]
        bounds = [point.high for point in plot.points if point.high is not None]
        most = max([*values, min(max(bounds, default=0.0), 1.6 * max(values, default=0.0))], default=0.0)
        self.ticks = ticks(min([0.0, *values]), most)
        self.low, self.high = self.ticks[0], self.ticks[-1]
        self._first, self._days = plot.first, max((plot.last - plot.first).days, 1)
        self.crowded = self._days > CROWDED

    def x(self, day: date) -> float:
        return round(LEFT + 10 + (day - self._first).days / self._days * (WIDTH - LEFT - RIGHT - 20), 1)

    def y(self, value: float) -> float:
        """What lies above or below is drawn at the edge."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)


def _frame(plot: Plot) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img" aria-labelledby="title desc" {FONT} font-size="12" fill="{INK}">\n'
        f'<title id="title">{_safe(plot.title)}</title>\n<desc id="desc">{_safe(plot.description)}</desc>\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>\n'
        + _text(LEFT, 30, _shortened(plot.title), size=16, weight="600")
    )


def _grid(scale: _Scale, plot: Plot) -> Iterator[str]:
    for value in scale.ticks:
        y = scale.y(value)
        yield f'<line x1="{LEFT}" y1="{y}" x2="{WIDTH - RIGHT}" y2="{y}" stroke="{GRID}"/>'
        yield _text(LEFT - 8, y + 4, tick_text(value, scale.ticks[1] - scale.ticks[0]), anchor="end", fill=FAINT)
    bottom = HEIGHT - BOTTOM
    yield f'<line x1="{LEFT}" y1="{bottom}" x2="{WIDTH - RIGHT}" y2="{bottom}" stroke="{FAINT}"/>'
    for day, text in day_ticks(plot.first, plot.last):
        x = scale.x(day)
        yield f'<line x1="{x}" y1="{bottom}" x2="{x}" y2="{bottom + 5}" stroke="{FAINT}"/>'
        yield _text(x, bottom + 20, text, anchor="middle", fill=FAINT)
    yield _text(LEFT, TOP - 12, plot.unit, fill=FAINT)
    yield _text(WIDTH - RIGHT, HEIGHT - 10, "day (UTC)", anchor="end", fill=FAINT)
    if not plot.points:
        middle = (LEFT + WIDTH - RIGHT) / 2
        yield _text(middle, (TOP + bottom) / 2, "no figures in these days", size=16, anchor="middle", fill=FAINT)


def _band(scale: _Scale, points: Sequence[Point]) -> Iterator[str]:
    for run in _runs([point for point in points if point.high is not None]):
        upper = [(scale.x(point.day), scale.y(point.high or 0.0)) for point in run]
        lower = [(scale.x(point.day), scale.y(point.low or 0.0)) for point in run]
        if len(run) == 1:  # a day alone would be a band without width
            upper, lower = ([(x - 3, y), (x + 3, y)] for [(x, y)] in (upper, lower))
        corners = " ".join(f"{x:g},{y:g}" for x, y in (*upper, *reversed(lower)))
        yield f'<polygon points="{corners}" fill="{BAND}"/>'


def _line(scale: _Scale, points: Sequence[Point]) -> Iterator[str]:
    for run in _runs(points):
        path = " L".join(f"{scale.x(point.day):g} {scale.y(point.value):g}" for point in run)
        yield f'<path d="M{path}" fill="none" stroke="{LINE}" stroke-width="2" stroke-linejoin="round"/>'
    for point in points:
        x, y = scale.x(point.day), scale.y(point.value)
        look = f'fill="{LINE}"' if point.complete else f'fill="#ffffff" stroke="{LINE}" stroke-width="1.5"'
        radius = 3.5 if not point.complete else 1.5 if scale.crowded else 2.5
        yield f'<circle cx="{x:g}" cy="{y:g}" r="{radius}" {look}><title>{_safe(point.reason)}</title></circle>'


def _marks(scale: _Scale, points: Iterable[Point]) -> Iterator[str]:
    for point in points:
        if point.mark:
            shape = _mark(point.mark, scale.x(point.day), scale.y(point.value))
            yield f"<g><title>{_safe(point.reason)}</title>{shape}</g>"


def _mark(severity: Severity, x: float, y: float) -> str:
    """An alarm is a full diamond, a notice an empty ring."""
    if severity == "alarm":
        return f'<path d="M{x:g} {y - 8:g} l8 8 l-8 8 l-8 -8 z" fill="{ALARM}" stroke="#ffffff" stroke-width="1.5"/>'
    return f'<circle cx="{x:g}" cy="{y:g}" r="6" fill="none" stroke="{NOTICE}" stroke-width="2.5"/>'


def _legend(points: Sequence[Point]) -> Iterator[str]:
    """Only of what is there."""
    line = f'<path d="M-10 0 h20" stroke="{LINE}" stroke-width="2"/><circle r="2.5" fill="{LINE}"/>'
    known = {
        "reported": (bool(points), line),
        "expected from the days before": (
            any(point.high is not None for point in points),
            f'<rect x="-10" y="-6" width="20" height="12" fill="{BAND}"/>',
        ),
        "alarm": (any(point.mark == "alarm" for point in points), _mark("alarm", 0, 0)),
        "notice": (any(point.mark == "notice" for point in points), _mark("notice", 0, 0)),
        "day not over": (
            not all(point.complete for point in points),
            f'<circle r="3.5" fill="#ffffff" stroke="{LINE}" stroke-width="1.5"/>',
        ),
    }
    x = LEFT + 10
    for text, (shown, shape) in known.items():
        if shown:
            yield f'<g transform="translate({x} 50)">{shape}</g>' + _text(x + 16, 54, text)
            x += 44 + 7 * len(text)


def _runs(points: Iterable[Point]) -> Iterator[list[Point]]:
    """Days without a gap between them."""
    run: list[Point] = []
    for point in points:
        if run and point.day - run[-1].day > timedelta(days=1):
            yield run
            run = []
        run.append(point)
    if run:
        yield run


def _text(
    x: float, y: float, text: str, *, size: int = 12, anchor: str = "start", fill: str = INK, weight: str = "400"
) -> str:
    look = f'font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" fill="{fill}"'
    return f'<text x="{x:g}" y="{y:g}" {look}>{_safe(text)}</text>'


def _safe(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text), quote=True)


def _shortened(text: str, most: int = 90) -> str:
    """What is too long for its line is whole in the title of the document."""
    return text if len(text) <= most else text[: most - 1] + "\u2026"
