"""What a person allows: recorded with its source and time, the newest in force, asked before anybody is written to."""

from datetime import timedelta

import pytest

from shared.clock import utc_now
from shared.contracts.customer import ConsentChanged
from shared.types import zulu
from tests.customer_svc.system import Customer, Row

EMAIL = {"purpose": "marketing", "channel": "email"}


async def put(customer: Customer, contact_id: str, granted: bool, **more: object) -> Row:
    body = EMAIL | {"granted": granted, "source": "call"} | more
    path = f"/v1/contacts/{contact_id}/consent"
    seen = (await customer.client.get(path)).headers["ETag"]
    answer = await customer.client.put(path, json=body, headers={"If-Match": seen})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def recipients(customer: Customer, *contact_ids: str, **asked: str) -> list[Row]:
    answer = await customer.client.post("/v1/recipients:batch", json=EMAIL | {"contact_ids": contact_ids} | asked)
    assert answer.status_code == 200, answer.text
    return list(answer.json())


async def test_a_permission_is_changed_by_who_saw_the_others(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com")
    path, body = f"/v1/contacts/{ada}/consent", EMAIL | {"granted": True, "source": "call"}
    assert (await customer.client.put(path, json=body)).status_code == 428
    assert (await customer.client.put(path, json=body, headers={"If-Match": '"7"'})).status_code == 412
    assert (await customer.client.get(path)).json()["consent"] == []
    changed = await customer.client.put(path, json=body, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert (await customer.client.get(path)).headers["ETag"] == '"2"'


async def test_consent_in_a_lead_is_a_record_and_travels_with_its_fact(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com", consent=[EMAIL, EMAIL], occurred_at="2026-01-31T09:30:00Z")
    [fact] = await customer.facts(ada)
    assert fact.consent == ["marketing:email"]  # type: ignore[attr-defined]
    [record] = await customer.rows("consents")
    assert (record["source"], record["granted"], record["sequence"]) == ("website", True, 1)
    answer = await customer.client.get(f"/v1/contacts/{ada}/consent")
    assert [(one["granted"], one["occurred_at"]) for one in answer.json()["consent"]] == [
        (True, "2026-01-31T09:30:00Z")
    ]


async def test_a_permission_is_withdrawn_and_given_again(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com", consent=[EMAIL])
    assert [one["granted"] for one in (await put(customer, ada, False))["consent"]] == [False]
    assert [one["granted"] for one in (await put(customer, ada, True))["consent"]] == [True]
    changes = [fact for fact in await customer.facts(ada) if isinstance(fact, ConsentChanged)]
    assert [(fact.sequence, fact.granted, fact.source) for fact in changes] == [(2, False, "call"), (3, True, "call")]
    assert len(await customer.rows("consents")) == 3


async def test_the_same_said_again_is_a_record_of_its_own_and_no_fact(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com", consent=[EMAIL])
    await put(customer, ada, True)
    await customer.captured(email="ada@example.com", consent=[EMAIL])
    assert [row["sequence"] for row in await customer.rows("consents")] == [1, 2, 3]
    assert [(fact.TYPE, fact.sequence) for fact in await customer.facts(ada)] == [
        ("lead.captured", 1),
        ("lead.captured", 3),
    ]


async def test_the_same_said_at_the_same_moment_is_said_once(customer: Customer) -> None:
    lead = {"email": "ada@example.com", "consent": [EMAIL], "occurred_at": "2026-02-01T00:00:00Z"}
    ada = await customer.captured(**lead)
    await customer.captured(**lead)
    await put(customer, ada, True, occurred_at="2026-02-01T00:00:00Z")
    await put(customer, ada, True, occurred_at="2026-01-01T00:00:00Z")
    assert len(await customer.rows("consents")) == 1
    assert (await customer.contact(ada))["version"] == 2


@pytest.mark.parametrize("refusing", [True, False])
async def test_what_was_said_again_beats_what_was_said_in_between(customer: Customer, refusing: bool) -> None:
    """Whichever of the two it was, and though what was said in between arrives last."""
    ada = await customer.captured(email="ada@example.com")
    for day in ("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"):
        await put(customer, ada, not refusing, occurred_at=day)
    if refusing:
        await customer.captured(email="ada@example.com", consent=[EMAIL], occurred_at="2026-02-15T00:00:00Z")
    else:
        await put(customer, ada, False, occurred_at="2026-02-15T00:00:00Z")
    assert [one["allowed"] for one in await recipients(customer, ada)] == [not refusing]
    [shown] = (await customer.client.get(f"/v1/contacts/{ada}/consent")).json()["consent"]
    assert (shown["granted"], shown["occurred_at"]) == (not refusing, "2026-03-01T00:00:00Z")


async def test_what_was_said_again_in_one_batch_counts_too(customer: Customer) -> None:
    """The newest of them stands, wherever in the batch it is."""
    days = ("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-01-01T00:00:00Z")
    lead = {"source": "fair", "email": "ada@example.com", "consent": [EMAIL]}
    [first, *_] = await customer.batch([lead | {"occurred_at": day} for day in days])
    ada = str(first["contact_id"])
    await put(customer, ada, False, occurred_at="2026-02-15T00:00:00Z")
    assert [one["allowed"] for one in await recipients(customer, ada)] == [True]
    assert [row["sequence"] for row in await customer.rows("consents")] == [1, 2]


async def test_a_permission_of_a_fast_clock_is_withdrawn_by_who_says_so_now(customer: Customer) -> None:
    """Nobody said it later than when it was stored, whatever the clock of the sender showed."""
    soon = zulu(utc_now() + timedelta(hours=20))
    ada = await customer.captured(email="ada@example.com", consent=[EMAIL], occurred_at=soon)
    assert [one["granted"] for one in (await put(customer, ada, False))["consent"]] == [False]
    assert [one["allowed"] for one in await recipients(customer, ada)] == [False]


@pytest.mark.parametrize(("said_at", "allowed"), [("2026-01-01T00:00:00Z", False), ("2026-03-01T00:00:00Z", True)])
async def test_an_older_permission_never_beats_a_later_withdrawal(
    customer: Customer, said_at: str, allowed: bool
) -> None:
    ada = await customer.captured(email="ada@example.com")
    await put(customer, ada, False, occurred_at="2026-02-01T00:00:00Z")
    await customer.captured(email="ada@example.com", consent=[EMAIL], occurred_at=said_at)
    assert [one["allowed"] for one in await recipients(customer, ada)] == [allowed]


async def test_nothing_is_said_at_a_time_that_has_not_come(customer: Customer) -> None:
    """Nobody could say otherwise before then."""
    ada = await customer.captured(email="ada@example.com")
    body = EMAIL | {"granted": True, "source": "call", "occurred_at": "2362-02-01T00:00:00Z"}
    path = f"/v1/contacts/{ada}/consent"
    answer = await customer.client.put(path, json=body, headers={"If-Match": '"1"'})
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, ["/occurred_at"])
    assert await customer.rows("consents") == []


async def test_an_address_is_told_only_of_those_who_allow_it(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com", name="Ada Lovelace", language="en", consent=[EMAIL])
    bob = await customer.captured(email="bob@example.com")
    cal = await customer.captured(phone="+4930901820", consent=[EMAIL])
    nobody = "con_01k9q3v7w8e5rtx2m4n6p8q0sa"
    answers = await recipients(customer, cal, bob, nobody, ada)
    told = [(one["contact_id"], one["allowed"], one["because"], one["address"], one["name"]) for one in answers]
    assert told == [
        (cal, False, "no_address", None, None),
        (bob, False, "no_consent", None, None),
        (ada, True, None, "ada@example.com", "Ada Lovelace"),
    ]
    assert answers[2]["language"] == "en"


async def test_a_permission_is_for_its_purpose_and_channel_only(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com", phone="+4930901820", consent=[EMAIL])
    for asked in ({"purpose": "service"}, {"channel": "phone"}):
        assert [one["because"] for one in await recipients(customer, ada, **asked)] == ["no_consent"]
    await put(customer, ada, True, channel="sms")
    assert [one["address"] for one in await recipients(customer, ada, channel="sms")] == ["+4930901820"]
