"""What is said to have been true is of a time that has come, give or take a clock that is wrong."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.clock import utc_now
from shared.types import Happened, Utc, is_ahead, zulu

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
HAPPENED = TypeAdapter[datetime](Happened)


@pytest.mark.parametrize("ahead", [timedelta(days=-9_000), timedelta(0), timedelta(hours=23), timedelta(days=1)])
def test_a_clock_may_be_wrong_by_hours(ahead: timedelta) -> None:
    assert HAPPENED.validate_python(NOW + ahead, context={"now": NOW}) == NOW + ahead
    assert HAPPENED.validate_python(zulu(utc_now() + min(ahead, timedelta(hours=23))))


@pytest.mark.parametrize("ahead", [timedelta(days=1, microseconds=1), timedelta(days=13_000)])
def test_a_time_that_has_not_come_is_refused_and_not_repeated(ahead: timedelta) -> None:
    with pytest.raises(ValidationError, match="must not lie in the future") as refused:
        HAPPENED.validate_python(zulu(NOW + ahead), context={"now": NOW})
    assert refused.value.errors()[0]["type"] == "future"
    assert is_ahead(utc_now() + timedelta(days=2)) and not is_ahead(utc_now())


def test_its_schema_is_that_of_a_time() -> None:
    assert HAPPENED.json_schema() == TypeAdapter(Utc).json_schema()
