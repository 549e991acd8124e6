"""Pauses between tries: longer each time, up to a bound, and never the same for all."""

import pytest

from shared.backoff import backoff


@pytest.mark.parametrize(("attempt", "full"), [(0, 0.5), (1, 1.0), (4, 8.0), (40, 60.0)])
def test_a_pause_doubles_up_to_its_longest_and_nobody_returns_with_the_others(attempt: int, full: float) -> None:
    pauses = [backoff(attempt, first=0.5, longest=60.0) for _ in range(200)]
    assert full / 2 <= min(pauses) < max(pauses) <= full
    assert len(set(pauses)) > 100
