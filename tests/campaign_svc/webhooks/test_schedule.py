"""When it is tried again: eight attempts in a day, and what a receiver may ask for."""

from datetime import UTC, datetime, timedelta

from services.campaign_svc.webhooks.schedule import ATTEMPTS, PAUSES, pause

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


def test_eight_attempts_fit_in_a_day_and_begin_soon() -> None:
    assert ATTEMPTS == 8 and sum(PAUSES, timedelta()) < timedelta(days=1)
    assert PAUSES[:6] == tuple(timedelta(seconds=s) for s in (5, 300, 1_800, 7_200, 18_000, 36_000))


def test_what_failed_together_does_not_return_together() -> None:
    assert len({pause(7, None) for _ in range(20)}) > 10
