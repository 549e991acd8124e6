"""A decimal is written as people write it."""

from decimal import Decimal

import pytest
from pydantic import BaseModel

from shared.decimals import PlainDecimal, plain


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
