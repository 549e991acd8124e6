"""Pauses between tries: longer each time, up to a bound, and never the same for all."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.backoff import backoff, retry_after


@pytest.mark.parametrize(("attempt", "full"), [(0, 0.5), (1, 1.0), (4, 8.0), (40, 60.0)])
def test_a_pause_doubles_up_to_its_longest_and_nobody_returns_with_the_others(attempt: int, full: float) -> None:
    pauses = [backoff(attempt, first=0.5, longest=60.0) for _ in range(200)]
    assert full / 2 <= min(pauses) < max(pauses) <= full
    assert len(set(pauses)) > 100


NOW, LONGEST = datetime(2026, 1, 31, 9, 30, tzinfo=UTC), timedelta(hours=6)


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("120", timedelta(seconds=120)),
        ("0", timedelta()),
        (" 7 ", timedelta(seconds=7)),
        ("Sat, 31 Jan 2026 09:31:00 GMT", timedelta(minutes=1)),
        ("Sat, 31 Jan 2026 09:31:00", timedelta(minutes=1)),
        ("Sat, 31 Jan 2025 09:31:00 GMT", timedelta()),
        ("9" * 5_000, LONGEST),
        ("Sat, 31 Jan 2027 09:31:00 GMT", LONGEST),
        ("-1", None),
        ("1.5", None),
        ("\u0661", None),
        ("Sat, 99 Jan 2026 09:31:00 GMT", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(said: str, understood: timedelta | None) -> None:
    assert retry_after({"retry-after": said}, NOW, longest=LONGEST) == understood


def test_without_the_header_nothing_is_asked_for() -> None:
    assert retry_after({}, NOW, longest=LONGEST) is None
