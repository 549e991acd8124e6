"""A country by any of its usual names is one code."""

import pycountry
import pytest
from pydantic import TypeAdapter, ValidationError

from shared.types import Country, country_code
from shared.types.countries import _ALSO_CALLED


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("de", "DE"),
        ("DEU", "DE"),
        (" Germany ", "DE"),
        ("GERMANY", "DE"),
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("United States", "US"),
        ("UK", "GB"),
        ("Cote d'Ivoire", "CI"),
        ("Côte d'Ivoire", "CI"),
        ("South Korea", "KR"),
        ("Korea, Republic of", "KR"),
        ("Türkiye", "TR"),
        ("Turkey", "TR"),
        ("Bosnia & Herzegovina", "BA"),
        ("Czech Republic", "CZ"),
    ],
)
def test_a_country_is_found_by_code_and_by_name(written: str, code: str) -> None:
    assert country_code(written) == code


def test_every_country_of_iso_3166_is_found_by_its_own_codes_and_name() -> None:
    for country in pycountry.countries:
        assert {country_code(n) for n in (country.alpha_2, country.alpha_3, country.name)} == {country.alpha_2}


def test_the_other_names_lead_to_countries_that_exist() -> None:
    assert all(pycountry.countries.get(alpha_2=code) for code in _ALSO_CALLED.values())


@pytest.mark.parametrize("bad", ["", "XX", "Narnia", "x" * 10_000, "\ud800", "\x00"])
def test_an_unknown_country_is_refused_without_repeating_it(bad: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Country).validate_python(bad)
    assert refused.value.errors()[0]["msg"].startswith("must be a country")
