"""A decimal is written as people write it."""

from decimal import Decimal

import pytest
from pydantic import BaseModel

from shared.decimals import PlainDecimal, nine_decimals, plain, ratio


@pytest.mark.parametrize(
    ("number", "text"),
    [("0.0000001", "0.0000001"), ("1E+3", "1000"), ("2.50", "2.5"), ("2.000", "2"), ("100", "100"), ("-0.10", "-0.1")],
)
def test_a_decimal_is_plain_text(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text


def test_it_is_text_in_json() -> None:
    class Answer(BaseModel):
        cost: PlainDecimal | None

    assert Answer(cost=Decimal("1E-7")).model_dump_json() == '{"cost":"0.0000001"}'
    assert Answer.model_validate_json('{"cost":"0.0000001"}').cost == Decimal("1E-7")


@pytest.mark.parametrize(
    ("above", "below", "each"),
    [(2, 3, "0.666666667"), (1, 2_000_000_000, "0"), (3, 2_000_000_000, "2E-9"), (0, 5, "0"), (-1, 3, "-0.333333333")],
)
def test_a_ratio_is_rounded_once_half_to_even(above: int, below: int, each: str) -> None:
    assert ratio(above, below) == Decimal(each)


def test_there_is_no_ratio_to_nothing_and_none_of_what_is_unknown() -> None:
    assert (ratio(1, 0), ratio(1, None), ratio(None, 1), ratio(0, 0)) == (None, None, None, None)


def test_a_figure_of_more_digits_than_decimals_have_by_themselves_is_rounded_too() -> None:
    assert ratio(10**21, Decimal("1e-9")) == Decimal(10**30)
    assert nine_decimals(Decimal("1" + "0" * 30 + ".0000000015")) == Decimal("1" + "0" * 30 + ".000000002")
