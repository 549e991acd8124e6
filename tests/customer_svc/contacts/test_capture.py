"""One person once: what identifies a lead, what it adds, and what is stated about it."""

import asyncio
import itertools

import pytest
from sqlalchemy import update

from services.customer_svc.contacts.models import contacts
from shared.contracts.customer import LeadCaptured
from shared.database import Tx
from shared.principal import Principal
from tests.customer_svc.system import Customer, Row


def noisy(position: int) -> dict[str, str]:
    """One person, as fifty forms write her."""
    emails = ["ada@example.com", " Ada@Example.com", "ADA@EXAMPLE.COM ", "ada@EXAMPLE.com"]
    phones = [
        {"phone": "+49 30 901820"},
        {"phone": "030/901820", "phone_region": "de"},
        {"phone": "(030) 90 18 20", "phone_region": "Germany"},
    ]
    names = ["Ada Lovelace", " ada lovelace ", "ADA LOVELACE"]
    return {"email": emails[position % 4], "name": names[position % 3], **phones[position % 3]}


async def test_a_new_person_is_201_and_a_known_one_200(customer: Customer) -> None:
    first = await customer.post({"email": "ada@example.com"})
    second = await customer.post({"email": "Ada@Example.COM"})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["created"] and not second.json()["created"]
    assert first.json()["contact_id"] == second.json()["contact_id"]
    assert first.json()["observation_id"] != second.json()["observation_id"]
    assert second.headers["location"] == f"/v1/contacts/{first.json()['contact_id']}"


async def test_fifty_parallel_leads_of_one_person_are_one_contact_with_fifty_observations(customer: Customer) -> None:
    answers = await asyncio.gather(*(customer.post(noisy(n)) for n in range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    [contact_id] = {answer.json()["contact_id"] for answer in answers}
    contact = await customer.contact(contact_id)
    assert (contact["observations"], contact["phone"]) == (50, "+4930901820")
    counts = await customer.counts()
    assert (counts["contacts"], counts["contact_identifiers"], counts["observations"]) == (1, 1, 50)
    assert [fact.sequence for fact in await customer.facts(contact_id)] == list(range(1, 51))


async def test_a_fact_leaves_for_each_observation_with_what_is_known_after_it(customer: Customer) -> None:
    contact_id = await customer.captured(email="ada@example.com", industry="software")
    await customer.captured(email="ada@example.com", source="fair", country="Germany", attributes={"size": 12})
    first, second = await customer.facts(contact_id)
    assert isinstance(first, LeadCaptured) and isinstance(second, LeadCaptured)
    assert (first.sequence, first.created, first.observations) == (1, True, 1)
    assert (second.sequence, second.created, second.observations) == (2, False, 2)
    assert (second.source, second.observation_sources) == ("fair", {"website": 1, "fair": 1})
    assert (second.industry, second.country, second.attributes) == ("software", "DE", {"size": 12})
    assert (second.has_email, second.has_phone, second.has_company) == (True, False, False)


async def test_a_phone_alone_or_nothing_makes_a_new_contact_each_time(customer: Customer) -> None:
    phone = {"phone": "+4930901820"}
    ids = {await customer.captured(**lead) for lead in (phone, phone, {}, {})}
    assert len(ids) == 4


async def test_an_external_id_identifies_within_its_source_only(customer: Customer) -> None:
    here = await customer.captured(source="crm", external_id="4711")
    assert await customer.captured(source="crm", external_id="4711") == here
    assert await customer.captured(source="shop", external_id="4711") != here


async def test_an_unseen_identifier_is_added_to_the_known_person(customer: Customer) -> None:
    contact_id = await customer.captured(email="ada@example.com")
    await customer.captured(email="ada@example.com", source="crm", external_id="4711")
    assert await customer.captured(source="crm", external_id="4711") == contact_id
    await customer.captured(source="crm", external_id="4711", email="lovelace@example.org")
    assert await customer.captured(email="lovelace@example.org") == contact_id


async def test_identifiers_of_two_people_are_a_conflict_that_names_both_and_changes_nothing(customer: Customer) -> None:
    await customer.captured(email="ada@example.com")
    await customer.captured(source="crm", external_id="4711")
    before = await customer.counts()
    lead = {"email": "ada@example.com", "source": "crm", "external_id": "4711"}
    answer = await customer.post(lead, **{"Idempotency-Key": "k"})
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (409, "/problems/identity-conflict")
    assert [error["pointer"] for error in problem["errors"]] == ["/email", "/external_id"]
    assert "ada" not in answer.text and "4711" not in answer.text
    assert await customer.counts() == before


async def test_what_is_unknown_is_filled_and_what_is_known_stays(customer: Customer) -> None:
    contact_id = await customer.captured(email="ada@example.com", name="Ada Lovelace", company="Engines")
    await customer.captured(email="ada@example.com", name="A.", last_name="Lovelace", company=" ", phone="+4930901820")
    contact = await customer.contact(contact_id)
    assert (contact["name"], contact["last_name"], contact["phone"]) == ("Ada Lovelace", "Lovelace", "+4930901820")
    assert contact["company"] == "Engines"


async def test_the_newest_description_stands(customer: Customer) -> None:
    contact_id = await customer.captured(email="ada@example.com", job_title="Analyst", attributes={"a": 1, "b": 1})
    await customer.captured(email="ada@example.com", job_title="CTO", attributes={"b": 2}, utm={"source": "x"})
    contact = await customer.contact(contact_id)
    assert (contact["job_title"], contact["attributes"], contact["utm"]) == ("CTO", {"a": 1, "b": 2}, {"source": "x"})


@pytest.mark.parametrize("at_once", [False, True])
async def test_an_older_description_fills_gaps_and_overwrites_nothing(customer: Customer, at_once: bool) -> None:
    """As by the import of last year's list; the score follows from what the fact says is known."""
    leads: list[Row] = [
        {"email": "ada@example.com", "job_title": "CTO", "attributes": {"a": 1}},
        {"email": "ada@example.com", "occurred_at": "2020-01-31T09:30:00Z", "job_title": "Intern", "country": "DE"},
        {"email": "ada@example.com", "occurred_at": "2020-01-30T09:30:00Z", "attributes": {"a": 0, "b": 0}},
    ]
    if at_once:
        await customer.batch([{"source": "website"} | lead for lead in leads])
    else:
        [await customer.captured(**lead) for lead in leads]
    [contact] = await customer.rows("contacts")
    known = ("CTO", "DE", {"a": 1, "b": 0})
    assert (contact["job_title"], contact["country"], contact["attributes"]) == known
    fact = (await customer.facts())[-1].model_dump()
    assert (fact["job_title"], fact["country"], fact["attributes"]) == known


async def test_what_was_true_later_stands_though_it_came_between_older_ones(customer: Customer) -> None:
    for year, title in (("2020", "Intern"), ("2024", "CTO"), ("2022", "Analyst")):
        ada = await customer.captured(
            email="ada@example.com", job_title=title, occurred_at=f"{year}-01-31T09:30:00Z", utm={"source": title}
        )
    assert [(await customer.contact(ada))[name] for name in ("job_title", "utm")] == ["CTO", {"source": "CTO"}]


async def test_what_describes_nothing_makes_no_description_older(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com", job_title="Intern", occurred_at="2020-01-31T09:30:00Z")
    await customer.captured(email="ada@example.com", phone="+4930901820")
    await customer.captured(email="ada@example.com", job_title="CTO", occurred_at="2024-01-31T09:30:00Z")
    assert (await customer.contact(ada))["job_title"] == "CTO"


async def test_an_older_lead_leaves_what_was_written_by_hand(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com", job_title="Intern", occurred_at="2020-01-31T09:30:00Z")
    path, headers = f"/v1/contacts/{ada}", {"If-Match": '"1"'}
    await customer.client.patch(path, json={"job_title": "CTO"}, headers=headers)
    await customer.captured(email="ada@example.com", job_title="Analyst", occurred_at="2024-01-31T09:30:00Z")
    assert (await customer.contact(ada))["job_title"] == "CTO"
    await customer.captured(email="ada@example.com", job_title="Founder")
    assert (await customer.contact(ada))["job_title"] == "Founder"


async def test_of_whom_the_release_before_described_the_last_change_counts(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com", job_title="CTO")

    def forget(tx: Tx) -> None:
        tx.session.execute(update(contacts).values(described_at=None))

    await customer.runtime.db.write(forget, by=Principal.service("customer"))
    await customer.captured(email="ada@example.com", job_title="Intern", occurred_at="2020-01-31T09:30:00Z")
    assert (await customer.contact(ada))["job_title"] == "CTO"


async def test_a_lead_is_cleaned(customer: Customer) -> None:
    contact_id = await customer.captured(
        email=" Ada@EXAMPLE.com",
        phone="030 901820",
        phone_region="de",
        name="JÃ¼rgen",
        country="germany",
        language="de_de",
    )
    contact = await customer.contact(contact_id)
    cleaned = [contact[field] for field in ("email", "phone", "name", "country", "language")]
    assert cleaned == ["Ada@example.com", "+4930901820", "Jürgen", "DE", "de-DE"]


@pytest.mark.parametrize("known_before", [False, True])
async def test_a_replayed_key_gets_the_first_answer_and_changes_nothing(customer: Customer, known_before: bool) -> None:
    if known_before:
        await customer.captured(email="ada@example.com")
    key = {"Idempotency-Key": "a1"}
    first = await customer.post({"email": "ada@example.com"}, **key)
    before = await customer.counts()
    again = await customer.post({"email": "ada@example.com"}, **key)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true" and "idempotency-replayed" not in first.headers
    assert await customer.counts() == before


async def test_parallel_leads_with_one_key_are_one_observation(customer: Customer) -> None:
    answers = await asyncio.gather(
        *(customer.post({"email": "a@example.com"}, **{"Idempotency-Key": "k"}) for _ in range(10))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["observation_id"] for answer in answers}) == 1
    assert (await customer.counts())["observations"] == 1


async def test_a_key_with_another_body_is_refused(customer: Customer) -> None:
    await customer.post({"email": "ada@example.com"}, **{"Idempotency-Key": "a1"})
    answer = await customer.post({"email": "bob@example.com"}, **{"Idempotency-Key": "a1"})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/idempotency-key-reused")


async def test_parallel_leads_that_each_know_another_field_lose_none_of_them(customer: Customer) -> None:
    fields = {"name": "Ada Lovelace", "first_name": "Ada", "last_name": "Lovelace", "phone": "+4930901820"}
    leads = [{"email": "ada@example.com", name: value} for name, value in fields.items()]
    await asyncio.gather(*(customer.post(lead) for lead in itertools.islice(itertools.cycle(leads), 40)))
    contact_id = await customer.captured(email="ada@example.com")
    contact = await customer.contact(contact_id)
    assert {name: contact[name] for name in fields} == fields
    assert contact["observations"] == 41
