"""Where an axis has its ticks, and what is written there. Pure."""

import math
from collections.abc import Iterator
from datetime import date, timedelta

MOST_DAYS = 10


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Steps of 1, 2 or 5 times a power of ten that hold `low` and `high`; `about` so many."""
    span = high - low if high > low else 1.0
    rough = span / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(max(high, low + span) / step - 1e-9)
    return [number * step for number in range(first, last + 1)]


def tick_text(value: float, step: float) -> str:
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{value:,.{decimals}f}"


def day_ticks(first: date, last: date) -> Iterator[tuple[date, str]]:
    """Days, weeks from Monday or months, as many as fit. The year is written where it begins to count."""
    year = None
    for day in _chosen(first, last):
        text = f"{day.day} {day:%b}"
        yield day, text if day.year == year else f"{text} {day.year}"
        year = day.year


def _chosen(first: date, last: date) -> list[date]:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    for every in (1, 2, 7, 14):
        aligned = [day for day in days if every < 7 or day.weekday() == 0]
        found = aligned[:: max(1, every // 7) if every >= 7 else every]
        if len(found) <= MOST_DAYS:
            return found
    months = [day for day in days if day.day == 1]
    return months[:: math.ceil(len(months) / MOST_DAYS)]
