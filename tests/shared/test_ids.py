"""Ids say what they are, when they were made, and sort by it."""

from datetime import timedelta
from uuid import UUID

from shared.clock import utc_now
from shared.ids import ALPHABET, is_id, moment_of, new_id


def test_an_id_is_a_uuid_of_version_7_in_base_32_behind_its_prefix() -> None:
    for text in (new_id("evt") for _ in range(1_000)):
        assert is_id(text, "evt_")
        number = sum(ALPHABET.index(digit) << 5 * place for place, digit in enumerate(reversed(text[4:])))
        uuid = UUID(int=number)
        assert (uuid.version, uuid.variant) == (7, "specified in RFC 4122")


def test_ids_sort_by_when_they_were_made_and_none_is_made_twice() -> None:
    made = [new_id("con") for _ in range(10_000)]
    assert made == sorted(set(made))


def test_an_id_tells_when_it_was_made() -> None:
    before = utc_now() - timedelta(milliseconds=1)
    at = moment_of(new_id("obs"))
    assert at is not None
    assert before <= at <= utc_now()
    assert moment_of("obs_not-one") is None
