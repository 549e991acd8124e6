"""Companies over HTTP: recorded once, answered as known, listed in pages, edited by who has seen them."""

from typing import Any

import pytest

from tests.customer_svc.companies.register import ACME, Register


async def test_a_new_company_is_created_and_stated(register: Register) -> None:
    answer = await register.post(ACME | {"domain": "https://www.acme.example/about", "employees": 12})
    recorded = answer.json()
    assert (answer.status_code, recorded["created"], recorded["changed"]) == (201, True, True)
    assert answer.headers["Location"] == f"/v1/companies/{recorded['company_id']}"
    assert answer.headers["ETag"] == '"1"'
    known = await register.company(recorded["company_id"])
    assert (known["country"], known["country_code"], known["domain"]) == ("Germany", "DE", "acme.example")
    assert (known["revenue"], known["assets"]) == ({"amount": "10.50", "currency": "USD"}, None)
    [fact] = await register.facts()
    assert (fact.sequence, fact.created, fact.industry, fact.missing) == (1, True, "Tools", ["assets"])
    assert fact.profit is not None and fact.profit.amount == "-2.00"


async def test_the_same_again_is_known_and_states_nothing(register: Register) -> None:
    first, again = await register.post(ACME), await register.post(ACME)
    assert (again.status_code, again.json()) == (
        200,
        {"company_id": first.json()["company_id"], "created": False, "changed": False},
    )
    assert len(await register.facts()) == 1


async def test_news_of_a_known_company_is_a_new_version(register: Register) -> None:
    company_id = await register.recorded(**ACME)
    answer = await register.post(ACME | {"revenue": {"amount": "11", "currency": "USD"}})
    assert (answer.status_code, answer.json()["changed"], answer.headers["ETag"]) == (200, True, '"2"')
    known = await register.company(company_id)
    assert (known["version"], known["revenue"]["amount"]) == (2, "11.00")
    assert [(fact.sequence, fact.created) for fact in await register.facts()] == [(1, True), (2, False)]


@pytest.mark.parametrize("nothing", [{}, {"revenue": None, "industry": None}, {"industry": " "}])
async def test_what_a_source_does_not_know_stays_known(register: Register, nothing: dict[str, Any]) -> None:
    company_id = await register.recorded(**ACME)
    assert (await register.post({"name": "Acme", "country": "Germany"} | nothing)).json()["changed"] is False
    assert (await register.company(company_id))["industry"] == "Tools"


@pytest.mark.parametrize("country", ["Hong Kong/China", "Kong/China", "Korea", "Netherlands/ United Kingdom", "Africa"])
async def test_a_country_that_is_none_is_kept_as_it_was_written(register: Register, country: str) -> None:
    known = await register.company(await register.recorded(country=country))
    assert (known["country"], known["country_code"]) == (country, None)
    assert await register.listed(country=country) == ["Acme"]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": " "}, "/name"),
        ({"name": None}, "/name"),
        ({"name": "A\u0000B"}, "/name"),
        ({"revenue": 10.5}, "/revenue"),
        ({"revenue": {"amount": "10.5"}}, "/revenue/currency"),
        ({"revenue": {"amount": "NaN", "currency": "USD"}}, "/revenue/amount"),
        ({"revenue": {"amount": str(2**63), "currency": "USD"}}, "/revenue/amount"),
        ({"profit": {"amount": "1", "currency": "XYZ"}}, "/profit/currency"),
        ({"employees": -1}, "/employees"),
        ({"employees": 2**63}, "/employees"),
        ({"domain": "not a domain"}, "/domain"),
        ({"external_id": "4711"}, "/external_id"),
        ({"id": "com_1"}, "/id"),
    ],
)
async def test_what_cannot_be_recorded_is_refused_where_it_stands(
    register: Register, wrong: dict[str, Any], pointer: str
) -> None:
    answer = await register.post(ACME | wrong)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    assert await register.facts() == []


async def test_a_request_with_a_key_is_answered_the_same_again(register: Register) -> None:
    first = await register.post(ACME, **{"Idempotency-Key": "k1"})
    again = await register.post(ACME, **{"Idempotency-Key": "k1"})
    assert (again.status_code, again.json()) == (first.status_code, first.json()) == (201, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"


async def test_companies_are_listed_in_pages_and_by_what_they_are(register: Register) -> None:
    for number in range(5):
        await register.recorded(name=f"C{number}", industry="Tools" if number % 2 else "Banking", country="DE")
    assert await register.listed(industry="Banking", sort="created_at") == ["C0", "C2", "C4"]
    assert await register.listed(country="Germany", limit=2) == ["C4", "C3"]
    first = (await register.client.get("/v1/companies", params={"sort": "created_at", "limit": 3})).json()
    assert await register.listed(sort="created_at", limit=3, cursor=first["next_cursor"]) == ["C3", "C4"]
    assert await register.listed(updated_after=first["items"][2]["updated_at"]) == ["C4", "C3"]


async def test_an_edit_is_of_the_version_that_was_seen(register: Register) -> None:
    company_id = await register.recorded(**ACME)
    assert (await register.patch(company_id, {"industry": "Toys"}, None)).status_code == 428
    edited = await register.patch(company_id, {"industry": "Toys", "profit": None}, 1)
    assert (edited.status_code, edited.headers["ETag"], edited.json()["version"]) == (200, '"2"', 2)
    assert (edited.json()["industry"], edited.json()["profit"], edited.json()["name"]) == ("Toys", None, "Acme")
    assert (await register.patch(company_id, {"industry": "Tools"}, 1)).status_code == 412
    assert (await register.facts())[-1].missing == ["profit", "assets"]


async def test_an_edit_that_changes_nothing_is_no_new_version(register: Register) -> None:
    company_id = await register.recorded(**ACME)
    assert (await register.patch(company_id, {"industry": "Tools"}, 1)).headers["ETag"] == '"1"'
    assert len(await register.facts()) == 1


async def test_a_name_cannot_be_cleared(register: Register) -> None:
    company_id = await register.recorded(**ACME)
    assert (await register.patch(company_id, {"name": None}, 1)).status_code == 422
    assert (await register.patch(company_id, {"name": ""}, 1)).status_code == 422


@pytest.mark.parametrize("company_id", ["com_01k9q3v7w8e5rtx2m4n6p8q0sh", "con_01k9q3v7w8e5rtx2m4n6p8q0sa", "x"])
async def test_a_company_that_is_not_there_is_not_found(register: Register, company_id: str) -> None:
    assert (await register.client.get(f"/v1/companies/{company_id}")).status_code == 404
    assert (await register.patch(company_id, {"industry": "Toys"}, 1)).status_code == 404
