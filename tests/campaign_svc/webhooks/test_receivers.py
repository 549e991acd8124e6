"""What is known of a receiver decides how much is sent to it: pure of network, with a clock that is given."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from services.campaign_svc.webhooks.receivers import AT_FIRST, AT_ONCE, FAILURES, LONGEST_REST, LONGEST_WAIT, Receiver

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(seconds=2 * LONGEST_REST)


def failing(times: int = FAILURES, asked_for: timedelta | None = None) -> Receiver:
    receiver = Receiver()
    for _ in range(times):
        receiver.heard(well=False, now=NOW, asked_for=asked_for)
    return receiver


def test_one_that_has_not_answered_yet_gets_two_and_then_more_the_faster_it_answers() -> None:
    receiver = Receiver()
    assert receiver.room(NOW, within=1.0) == AT_FIRST
    receiver.heard(well=True, now=NOW)
    proven = receiver.room(NOW, within=1.0)
    for _ in range(50):
        with receiver.contact():
            pass
    assert AT_ONCE <= proven < receiver.room(NOW, within=1.0) / 5


def test_one_that_takes_its_time_gets_no_more_while_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    receiver, seconds = Receiver(), iter([0.0, *[2.0] * 4])
    monkeypatch.setattr(time, "monotonic", lambda: next(seconds))
    receiver.heard(well=True, now=NOW)
    receiver.expected = AT_ONCE
    with receiver.contact():
        assert receiver.room(NOW, within=1.0) == 0


def test_one_that_fails_again_and_again_rests_and_then_one_message_looks_whether_it_is_back() -> None:
    receiver = failing()
    assert (receiver.room(NOW, within=1.0), receiver.rests(NOW)) == (0, True)
    assert receiver.room(LATER, within=1.0) == 1
    receiver.heard(well=True, now=LATER)
    assert receiver.room(LATER, within=1.0) > AT_FIRST


def test_those_who_wait_come_again_one_after_another_and_none_waits_long() -> None:
    receiver = Receiver()
    turns = [receiver.next_turn(NOW) for _ in range(100_000)]
    assert turns[:1_000] == sorted(set(turns[:1_000])) and turns[0] > NOW
    assert max(turns) < NOW + LONGEST_WAIT + timedelta(seconds=1)
    resting = failing()
    assert resting.resting_until is not None and resting.next_turn(NOW) > resting.resting_until


def test_what_was_under_way_when_it_was_sent_to_rest_makes_the_rest_no_longer() -> None:
    assert failing(FAILURES).failures == failing(FAILURES + 50).failures == FAILURES


def test_it_may_ask_for_a_rest_but_not_for_ever() -> None:
    assert failing(1).resting_until is None
    assert failing(1, timedelta(seconds=60)).resting_until == NOW + timedelta(seconds=60)
    assert failing(1, timedelta(days=60)).resting_until == NOW + timedelta(seconds=LONGEST_REST)
