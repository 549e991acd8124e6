"""Phone numbers as people write them become E.164, or are refused."""

import random

import phonenumbers
import pytest
from pydantic import TypeAdapter, ValidationError

from shared.types import Phone, phone_e164
from shared.types.phones import _PLAIN, _judged, _known
from tests.shared.practice import practice_csv


def test_practice_spellings_become_their_e164_or_are_refused() -> None:
    wrong = []
    for row in practice_csv("identity/phones.csv")[::3]:  # every third of 6,848 meets all kinds and regions, in 0.1 s
        try:
            found = phone_e164(row["input"], row["region"])
        except ValueError:
            found = ""
        if found != (row["e164"] if row["valid"] == "True" else ""):
            wrong.append(row)
    assert wrong == []


def test_the_short_way_takes_no_number_that_the_library_would_read_otherwise() -> None:
    chance, taken, wrong = random.Random(1), 0, []
    kinds = (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE)
    found = (phonenumbers.example_number_for_type(r, kind) for r in phonenumbers.SUPPORTED_REGIONS for kind in kinds)
    for number in (phonenumbers.format_number(one, phonenumbers.PhoneNumberFormat.E164) for one in found if one):
        place = chance.randrange(1, len(number))
        for written in (number, number[:place] + chance.choice("0123456789") + number[place + 1 :], number[:-1]):
            if _PLAIN.fullmatch(written) and _known(written):
                taken += 1
                wrong += [written] if _judged(written, None) != written else []
    assert wrong == []
    assert taken > 400


def test_a_national_number_needs_its_region() -> None:
    assert phone_e164("030 12345678", "de") == "+493012345678"
    with pytest.raises(ValueError, match="come with the region"):
        phone_e164("030 12345678")


def test_an_international_number_needs_no_region() -> None:
    assert phone_e164("+49 (0)30 12345678") == "+493012345678"
    assert phone_e164("+49 30 12345678", "US") == "+493012345678"


@pytest.mark.parametrize("bad", ["", "call me", "+0123", "+4930", "2.48E+07", "9" * 300, "+49\x00", "\ud800"])
def test_what_is_no_number_is_refused_without_repeating_it(bad: str) -> None:
    with pytest.raises(ValueError, match="must be") as refused:
        phone_e164(bad, "DE")
    assert not bad or bad not in str(refused.value)


def test_the_type_takes_international_numbers_only() -> None:
    assert TypeAdapter(Phone).validate_python("+49 30 12345678") == "+493012345678"
    with pytest.raises(ValidationError):
        TypeAdapter(Phone).validate_python("030 12345678")
