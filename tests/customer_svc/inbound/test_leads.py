"""Leads from other systems: one person once, by whatever door they come in."""

from typing import Any

import orjson

from services.customer_svc.contacts.leads import LeadIn
from services.customer_svc.inbound import INTAKES
from shared.bus import Message
from shared.contracts.customer import LeadCaptured
from shared.contracts.inbound import LeadSubmitted
from shared.deadletters import list_letters
from shared.events import schema_of
from shared.events.wire import encode
from shared.types import rfc3339
from tests.customer_svc.system import Customer

HEADERS = {
    "ce_specversion": "1.0",
    "ce_type": "lead.submitted",
    "ce_source": "https://crm.example/leads",
    "content-type": "application/json; charset=utf-8",
}


def lead(id: str, **fields: Any) -> Message:
    data = {"source": "crm"} | {name: value for name, value in fields.items() if not name.startswith("ce_")}
    attributes = {name: value for name, value in fields.items() if name.startswith("ce_")}
    return Message("inbound-leads", "", orjson.dumps(data), HEADERS | {"ce_id": id} | attributes)


async def take_all(customer: Customer, *messages: Message) -> None:
    customer.runtime.offered = INTAKES
    await customer.runtime.bus.publish(messages)
    reader = customer.runtime.intakes
    async with customer.runtime.bus.consume(reader.group, reader.topics) as consumer:
        while await reader.take_some(consumer, wait=0.1):
            pass


async def test_leads_from_the_bus_and_over_http_are_one_person(customer: Customer) -> None:
    over_http = await customer.captured(email="ada@example.com")
    await take_all(
        customer, lead("1", email="Ada@EXAMPLE.com", country="Germany"), lead("2", email="ada@example.com", phone=" ")
    )
    contact = await customer.contact(over_http)
    assert (contact["observations"], contact["country"]) == (3, "DE")
    facts = await customer.facts(over_http)
    assert [fact.sequence for fact in facts if isinstance(fact, LeadCaptured)] == [1, 2, 3]


async def test_a_lead_that_comes_again_is_no_second_observation(customer: Customer) -> None:
    messages = [lead("1", email="ada@example.com"), lead("2", email="bob@example.com"), lead("2")]
    await take_all(customer, *messages)
    await take_all(customer, *messages)
    assert [fact.sequence for fact in await customer.facts()] == [1, 1]
    await take_all(customer, lead("1", email="ada@example.com", ce_source="/another-system"))
    assert sorted(fact.sequence for fact in await customer.facts()) == [1, 1, 2]


async def test_the_time_of_the_envelope_is_when_it_was_true(customer: Customer) -> None:
    await take_all(customer, lead("1", ce_time="2026-01-31T10:30:00+01:00"))
    (fact,) = await customer.facts()
    assert fact.occurred_at == rfc3339("2026-01-31T09:30:00Z")


async def test_a_time_that_has_not_come_is_set_aside_and_the_others_are_taken(customer: Customer) -> None:
    """Of the envelope or of the lead: a permission of then could never be withdrawn."""
    said = {"consent": [{"purpose": "marketing", "channel": "email"}]}
    later = "2362-01-31T09:30:00Z"
    await take_all(customer, lead("1", ce_time=later, **said), lead("2", occurred_at=later, **said), lead("3", **said))
    letters = await customer.runtime.db.read(list_letters)
    assert [("in the future" in letter.reason, letter.tries) for letter in letters] == [(True, 1)] * 2
    assert len(await customer.rows("contacts")) == len(await customer.rows("consents")) == 1


async def test_a_lead_that_says_when_it_was_needs_no_true_envelope(customer: Customer) -> None:
    await take_all(customer, lead("1", ce_time="2362-01-31T09:30:00Z", occurred_at="2026-01-31T09:30:00Z"))
    (fact,) = await customer.facts()
    assert fact.occurred_at == rfc3339("2026-01-31T09:30:00Z")


async def test_what_one_of_ours_encodes_is_taken_in_too(customer: Customer) -> None:
    submitted = LeadSubmitted(
        source="website", email="ada@example.com", sequence=0, occurred_at=rfc3339("2026-01-31T09:30:00Z")
    )
    await take_all(customer, encode(submitted, recorded_at=submitted.occurred_at))
    (fact,) = await customer.facts()
    assert isinstance(fact, LeadCaptured) and (fact.source, fact.has_email) == ("website", True)


async def test_only_the_lead_that_is_two_people_is_set_aside(customer: Customer) -> None:
    await customer.captured(email="ada@example.com")
    await customer.captured(source="crm", external_id="7")
    before = await customer.counts()
    await take_all(
        customer,
        lead("1", email="bob@example.com"),
        lead("2", email="ada@example.com", external_id="7"),
        lead("3", email="eve@example.com"),
    )
    assert (await customer.counts())["contacts"] == before["contacts"] + 2
    (letter,) = await customer.runtime.db.read(list_letters)
    assert letter.reason.startswith("email and external_id belong to different people") and letter.tries == 1


async def test_a_lead_that_http_would_refuse_is_set_aside_and_nothing_of_it_can_be_read(customer: Customer) -> None:
    await take_all(customer, lead("canary@example.com", email="canary@", nmae="Canary"), lead("2"))
    (letter,) = await customer.rows("dead_letters")
    assert "email: " in letter["reason"] and "an unknown field: " in letter["reason"]
    assert "canary" not in str(letter).lower()
    assert len(await customer.rows("contacts")) == 1


def test_the_contract_has_the_fields_of_a_lead_and_says_the_same_of_them() -> None:
    """`occurred_at` is the envelope's `time`; descriptions of attributes and the names of nested models may differ."""
    taken, published = LeadIn.model_json_schema(), schema_of(LeadSubmitted)
    assert set(published["properties"]) == set(taken["properties"]) - {"occurred_at"}
    assert published["required"] == taken["required"]
    for name in set(published["properties"]) - {"utm", "consent", "attributes"}:
        assert published["properties"][name] == taken["properties"][name], name
