"""Money is exact, keeps its currency, and is a decimal text on the wire."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from shared.money import MAX_UNITS, NANOS, Money, written


class Order(BaseModel):
    total: Money


def nanos_of(money: Money) -> int:
    return money.units * NANOS + money.nanos


AMOUNTS = st.integers(min_value=-MAX_UNITS * NANOS, max_value=MAX_UNITS * NANOS)


@given(AMOUNTS, AMOUNTS)
def test_addition_and_subtraction_are_exact(a: int, b: int) -> None:
    x, y = Money(0, a // 2, "USD"), Money(0, b // 2, "USD")
    assert nanos_of(x + y) == a // 2 + b // 2
    assert nanos_of(x - y) == a // 2 - b // 2
    assert (x < y) == (a // 2 < b // 2)


@given(AMOUNTS, st.sampled_from(["USD", "JPY", "KWD", "CLF"]))
def test_money_written_is_money_read(total: int, currency: str) -> None:
    money = Money(0, total, currency)
    assert Money.of(money.amount, currency) == money
    assert Money(money.units, money.nanos, currency) == money
    assert Order.model_validate_json(Order(total=money).model_dump_json()).total == money
    assert Decimal(money.amount) * NANOS == total


def test_ten_to_the_twelve_with_nine_decimals_keeps_every_digit() -> None:
    assert Money.of("1000000000000.123456789", "USD").amount == "1000000000000.123456789"
    assert Money.of(Decimal("58705.229958"), "USD").amount == "58705.229958"


def test_columns_added_up_apart_are_carried() -> None:
    assert Money(2, 1_800_000_000, "USD") == Money.of("3.80", "USD")
    assert Money(2, -500_000_000, "USD") == Money.of("1.50", "USD")


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [("12.3", "usd", "12.30"), ("12", "JPY", "12"), ("12.5", "KWD", "12.500"), ("0.000000001", "EUR", "0.000000001")],
)
def test_an_amount_has_at_least_the_decimals_of_its_currency(amount: str, currency: str, written: str) -> None:
    assert Money.of(amount, currency).amount == written


def test_minus_stays_minus_below_one_unit() -> None:
    assert (Money.of("0.25", "USD") - Money.of("0.75", "USD")).amount == "-0.50"
    assert (-Money.of("0.5", "USD")).amount == "-0.50"


def test_a_sum_that_is_more_than_money_may_be_is_written_alike() -> None:
    assert written(-(10**37) - 1, "USD") == f"-{10**28}.000000001"
    assert written(10**37, "USD") == f"{10**28}.00" and written(10**37, "JPY") == f"{10**28}"


def test_two_currencies_are_neither_added_nor_compared() -> None:
    usd, eur = Money.of("1", "USD"), Money.of("1", "EUR")
    for impossible in (lambda: usd + eur, lambda: usd - eur, lambda: usd < eur, lambda: usd <= eur):
        with pytest.raises(TypeError, match="USD and EUR"):
            impossible()


def test_money_and_a_number_are_not_added() -> None:
    with pytest.raises(TypeError):
        Money.of("1", "USD") + 1  # type: ignore[operator]


@pytest.mark.parametrize(
    "amount",
    [
        "",
        "1e5",
        "NaN",
        "Infinity",
        "1.0000000001",
        " 1",
        "+1",
        "1,5",
        "\uff11",
        "1_0",
        ".5",
        "9223372036854775808",
        12,
        1.5,
        None,
    ],
)
def test_an_amount_that_is_no_exact_decimal_text_is_refused_by_field(amount: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        Order.model_validate({"total": {"amount": amount, "currency": "USD"}})
    assert [error["loc"] for error in refused.value.errors()] == [("total", "amount")]


@pytest.mark.parametrize("currency", ["", "XYZ", "dollars", "US", None, 840])
def test_an_unknown_currency_is_refused_by_field(currency: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        Order.model_validate({"total": {"amount": "1", "currency": currency}})
    assert [error["loc"] for error in refused.value.errors()] == [("total", "currency")]


def test_an_unknown_field_of_money_is_refused() -> None:
    with pytest.raises(ValidationError):
        Order.model_validate({"total": {"amount": "1", "currency": "USD", "cents": 3}})


def test_an_overflowing_sum_is_refused_and_not_wrapped() -> None:
    most = Money(MAX_UNITS, 0, "USD")
    with pytest.raises(ValueError, match="must be at most"):
        most + most
