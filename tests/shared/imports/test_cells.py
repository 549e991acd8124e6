"""What the text of a cell says, exactly or not at all."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.imports.cells import Unreadable, reader
from shared.imports.shapes import Type


def read(type: Type, text: str, point: Any = None, day: str | None = None, scale: str | None = None) -> Any:
    reading = reader(type, point=point, day=day, scale=Decimal(scale) if scale else None)
    return reading(text) if reading else text


@pytest.mark.parametrize(
    ("text", "point", "scale", "number"),
    [
        ("12.50", None, None, "12.50"),
        ("+7", None, None, "7"),
        ("-0.000000001", None, None, "-0.000000001"),
        ("1.5E3", None, None, "1500"),
        ("1,234.50", ".", None, "1234.50"),
        ("1.234,50", ",", None, "1234.50"),
        ("1 234 567,5", ",", None, "1234567.5"),
        ("1'234.5", ".", None, "1234.5"),
        ("36150000", None, "0.000001", "36.150000"),
        ("1.234", ",", None, "1234"),
        ("144.", None, None, "144"),
        (".5", None, None, "0.5"),
        ("144,", ",", None, "144"),
    ],
)
def test_numbers_are_read_as_their_country_writes_them(
    text: str, point: str | None, scale: str | None, number: str
) -> None:
    assert read(Type.DECIMAL, text, point, scale=scale) == number


@pytest.mark.parametrize(
    "text", ["1,5", "1,234", "1.234,5", "NaN", "Infinity", "-inf", "1e999", "-.", "1.2.3", "0x10", "1_000", "٣", "12 €"]
)
def test_a_number_that_could_be_another_is_refused(text: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(Type.DECIMAL, text)
    assert text not in refused.value.detail


@pytest.mark.parametrize("text", ["1,23,4", "1.5", "1,2345.5"])
def test_marks_between_thousands_stand_between_thousands(text: str) -> None:
    with pytest.raises(Unreadable):
        read(Type.DECIMAL, text, "," if "." in text else ".")


@pytest.mark.parametrize(("text", "number"), [("166", 166), ("166.0", 166), ("-3", -3), (str(2**63 - 1), 2**63 - 1)])
def test_whole_numbers(text: str, number: int) -> None:
    assert read(Type.INTEGER, text) == number


@pytest.mark.parametrize("text", ["1.5", str(2**63), str(-(2**63) - 1), "1e40", "many", "²"])
def test_what_is_no_whole_number_of_64_bits_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read(Type.INTEGER, text)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**18), max_value=10**18))
def test_no_digit_is_lost(number: Decimal) -> None:
    assert Decimal(read(Type.DECIMAL, f"{number:f}")) == number
    assert Decimal(read(Type.DECIMAL, f"{number:,f}", ".")) == number


def test_days_are_read_in_the_form_that_was_said() -> None:
    assert read(Type.DATE, "31-08-2023", day="%d-%m-%Y") == date(2023, 8, 31)
    for text in ("2023-08-31", "2023-08-31 00:00:00", "20230831"):
        assert read(Type.DATE, text) == date(2023, 8, 31)


@pytest.mark.parametrize("text", ["2026-02-30", "31.08.2023", "2023-08-31 10:00:00", "2023-08-31T00:00:00Z", ""])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read(Type.DATE, text)
