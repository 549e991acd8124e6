"""A day is one that exists, written one way."""

from datetime import date, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.days import Day, is_over

DAYS: TypeAdapter[date] = TypeAdapter(Day)


@pytest.mark.parametrize("given", ["2024-02-29", date(2024, 2, 29)])
def test_a_day_is_read(given: Any) -> None:
    assert DAYS.validate_python(given) == date(2024, 2, 29)


NO_DAYS: list[Any] = ["2023-02-29", "2026-02-30", "0000-01-01", "20240229", "2024-2-9", "1709164800", 1709164800, ""]
NO_DAYS += ["2024-02-29T00:00:00Z", datetime(2024, 2, 29), None, "\u0662\u0660\u0662\u0664-\u0660\u0662-\u0662\u0669"]


@pytest.mark.parametrize("given", NO_DAYS)
def test_anything_else_is_refused(given: Any) -> None:
    with pytest.raises(ValidationError, match="must be a day"):
        DAYS.validate_python(given)


@pytest.mark.parametrize(
    ("at", "over"),
    [("2024-02-28T23:59", False), ("2024-02-29T23:58:59", False), ("2024-02-29T23:59", True), ("2024-03-01", True)],
)
def test_a_day_is_over_in_its_last_minute(at: str, over: bool) -> None:
    assert is_over(date(2024, 2, 29), datetime.fromisoformat(at)) is over
