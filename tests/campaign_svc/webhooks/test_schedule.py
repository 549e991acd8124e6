"""When it is tried again: eight attempts in a day, and what a receiver may ask for."""

from datetime import UTC, datetime, timedelta

import pytest

from services.campaign_svc.webhooks.schedule import ATTEMPTS, LONGEST_RETRY_AFTER, PAUSES, pause, retry_after

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


def test_eight_attempts_fit_in_a_day_and_begin_soon() -> None:
    assert ATTEMPTS == 8 and sum(PAUSES, timedelta()) < timedelta(days=1)
    assert PAUSES[:6] == tuple(timedelta(seconds=s) for s in (5, 300, 1_800, 7_200, 18_000, 36_000))


def test_what_failed_together_does_not_return_together() -> None:
    assert len({pause(7, None) for _ in range(20)}) > 10


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("120", timedelta(seconds=120)),
        ("0", timedelta()),
        (" 7 ", timedelta(seconds=7)),
        ("Sat, 31 Jan 2026 09:31:00 GMT", timedelta(minutes=1)),
        ("Sat, 31 Jan 2026 09:31:00", timedelta(minutes=1)),
        ("Sat, 31 Jan 2025 09:31:00 GMT", timedelta()),
        ("9" * 5_000, LONGEST_RETRY_AFTER),
        ("-1", None),
        ("1.5", None),
        ("\u0661", None),
        ("Sat, 99 Jan 2026 09:31:00 GMT", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(said: str, understood: timedelta | None) -> None:
    assert retry_after({"retry-after": said}, NOW) == understood


def test_without_the_header_nothing_is_asked_for() -> None:
    assert retry_after({}, NOW) is None
