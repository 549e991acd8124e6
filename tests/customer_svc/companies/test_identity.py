"""What makes two records one company, and what does not."""

from typing import Any

import pytest

from services.customer_svc.companies.domains import domain_name
from tests.customer_svc.companies.register import Register


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"name": "Acme", "country": "DE"}, {"name": " ACME ", "country": "Germany"}),
        ({"name": "Acme  Tools"}, {"name": "acme tools"}),
        ({"name": "Acme"}, {"name": "\uff21\uff43\uff4d\uff45"}),
        ({"name": "Groß"}, {"name": "GROSS"}),
        ({"name": "Acme", "country": "Kong/China"}, {"name": "Acme", "country": "kong/china"}),
        ({"name": "Acme", "domain": "acme.example"}, {"name": "Other", "domain": "WWW.acme.example"}),
        ({"name": "Acme", "source": "crm", "external_id": "1"}, {"name": "Other", "source": "crm", "external_id": "1"}),
        ({"name": "Acme"}, {"name": "Acme", "domain": "acme.example", "source": "crm", "external_id": "1"}),
        ({"name": "Acme", "domain": "acme.example"}, {"name": "Acme"}),
        ({"name": "Acme", "source": "crm", "external_id": "1"}, {"name": "Acme", "source": "erp", "external_id": "1"}),
    ],
)
async def test_these_are_one_company(register: Register, first: dict[str, Any], second: dict[str, Any]) -> None:
    assert await register.recorded(**first) == await register.recorded(**second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"name": "Acme", "country": "DE"}, {"name": "Acme", "country": "US"}),
        ({"name": "Acme", "country": "DE"}, {"name": "Acme"}),
        ({"name": "Acme", "country": "Korea"}, {"name": "Acme", "country": "South Korea"}),
        ({"name": "Acme", "domain": "acme.example"}, {"name": "Acme", "domain": "acme.test.example"}),
        ({"name": "Acme", "source": "crm", "external_id": "1"}, {"name": "Acme", "source": "crm", "external_id": "2"}),
        ({"name": "A", "source": "crm", "external_id": "1"}, {"name": "B", "source": "erp", "external_id": "1"}),
    ],
)
async def test_these_are_two_companies(register: Register, first: dict[str, Any], second: dict[str, Any]) -> None:
    assert await register.recorded(**first) != await register.recorded(**second)
    assert await register.recorded(**first) == await register.recorded(**first)


async def test_exact_identifiers_of_two_companies_contradict_each_other_and_store_nothing(register: Register) -> None:
    await register.recorded(name="Acme", source="crm", external_id="1")
    await register.recorded(name="Other", domain="other.example")
    both = {"name": "Third", "source": "crm", "external_id": "1", "domain": "other.example", "industry": "Toys"}
    answer = await register.post(both, **{"Idempotency-Key": "k1"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/company-identity-conflict")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/external_id", "/domain"]
    assert len(await register.facts()) == 2
    assert (await register.post(both | {"external_id": "2"}, **{"Idempotency-Key": "k2"})).status_code == 200


async def test_a_company_found_exactly_takes_a_new_name_and_is_found_by_both(register: Register) -> None:
    company_id = await register.recorded(name="Acme", domain="acme.example")
    assert await register.recorded(name="Acme Tools", domain="acme.example") == company_id
    assert await register.recorded(name="Acme") == company_id
    assert (await register.company(company_id))["name"] == "Acme Tools"


async def test_every_id_that_a_source_gave_is_kept(register: Register) -> None:
    company_id = await register.recorded(name="Acme", domain="acme.example", source="erp", external_id="9")
    await register.recorded(name="Acme", domain="acme.example", source="crm", external_id="1")
    known = await register.company(company_id)
    assert known["external_ids"] == [
        {"source": "crm", "external_id": "1"},
        {"source": "erp", "external_id": "9"},
    ]
    assert (known["version"], known["source"]) == (2, "erp")


async def test_a_domain_by_hand_is_one_more_way_to_find_a_company_unless_it_is_anothers(register: Register) -> None:
    company_id = await register.recorded(name="Acme")
    await register.recorded(name="Other", domain="other.example")
    taken = await register.patch(company_id, {"domain": "other.example"}, 1)
    assert (taken.status_code, taken.json()["errors"][0]["pointer"]) == (409, "/domain")
    assert (await register.patch(company_id, {"domain": "acme.example", "country": "DE"}, 1)).status_code == 200
    assert await register.recorded(name="Whatever", domain="acme.example") == company_id
    assert await register.recorded(name="ACME", country="Germany") == company_id


async def test_the_longest_texts_are_no_trouble_to_an_index(register: Register) -> None:
    text = "".join(chr(0x20000 + number * 37) for number in range(500))  # four bytes each, and nothing to compress
    longest = {"name": text, "country": "\ufdfa" * 500, "industry": text}
    assert await register.recorded(**longest) == await register.recorded(**longest)


@pytest.mark.parametrize(
    ("written", "domain"),
    [
        ("Acme.example", "acme.example"),
        ("http://www.acme.example:8080/a?b#c", "acme.example"),
        ("shop.acme.example.", "shop.acme.example"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_a_domain_is_read_from_what_people_write(written: str, domain: str) -> None:
    assert domain_name(written) == domain


@pytest.mark.parametrize(
    "written", ["", "acme", "127.0.0.1", "a b.example", "ada@acme.example", "-a.example", "..", "ü" * 300]
)
def test_what_is_no_domain_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="must be a domain"):
        domain_name(written)


def test_an_endless_address_is_refused_at_no_more_than_its_length() -> None:
    for address in ("a" * 1_000_000, "https://acme.example/" + "a" * 500):
        with pytest.raises(ValueError, match="must be a domain"):
            domain_name(address)
    assert domain_name("acme.example/to?https://other.example") == "acme.example"
