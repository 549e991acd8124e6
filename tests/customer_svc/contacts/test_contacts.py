"""Contacts are listed, found, and edited by whoever saw the version that is being edited."""

import pytest

from shared.contracts.customer import ContactChanged
from tests.customer_svc.system import Customer, Row


async def listed(customer: Customer, **query: str) -> list[str]:
    answer = await customer.client.get("/v1/contacts", params=query)
    assert answer.status_code == 200, answer.text
    return [contact["id"] for contact in answer.json()["items"]]


async def patched(customer: Customer, contact_id: str, change: Row, version: int) -> Row:
    path, headers = f"/v1/contacts/{contact_id}", {"If-Match": f'"{version}"'}
    answer = await customer.client.patch(path, json=change, headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_list_is_filtered_by_plain_attributes(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com", country="DE", source="fair")
    bob = await customer.captured(email="bob@example.com", country="FR")
    await patched(customer, bob, {"stage": "mql"}, 1)
    assert await listed(customer, country="Germany") == [ada]
    assert await listed(customer, stage="mql") == [bob]
    assert await listed(customer, source="fair", stage="mql") == []
    since = (await customer.contact(ada))["updated_at"]
    assert await listed(customer, updated_after=since) == [bob]


async def test_pages_in_each_order_hold_everybody_once(customer: Customer) -> None:
    results = await customer.batch([{"source": "x", "email": f"p{n}@example.com"} for n in range(7)])
    everybody = [result["contact_id"] for result in results]
    for sort in ("created_at", "-created_at", "updated_at", "-updated_at", "score", "-score"):
        seen: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = await customer.client.get("/v1/contacts", params={"sort": sort, "limit": "3", **cursor})
            seen += [contact["id"] for contact in page.json()["items"]]
            if page.json()["next_cursor"] is None:
                break
            cursor = {"cursor": page.json()["next_cursor"]}
        assert sorted(seen) == sorted(everybody), sort
        assert sort.startswith("-") == (seen == sorted(everybody, reverse=True)), sort


@pytest.mark.parametrize(
    "wanted",
    [{"email": "ADA@example.com"}, {"phone": "+49 30 901820"}, {"source": "crm", "external_id": "4711"}],
)
async def test_somebody_is_found_by_what_names_them(customer: Customer, wanted: Row) -> None:
    ada = await customer.captured(email="ada@example.com", phone="+4930901820", source="crm", external_id="4711")
    await customer.captured(email="bob@example.com")
    answer = await customer.client.post("/v1/contacts/search", json=wanted)
    assert [contact["id"] for contact in answer.json()["items"]] == [ada]


async def test_a_shared_phone_finds_everybody_who_has_it(customer: Customer) -> None:
    both = {await customer.captured(email=f"{name}@example.com", phone="+4930901820") for name in ("ada", "bob")}
    answer = await customer.client.post("/v1/contacts/search", json={"phone": "+4930901820"})
    assert {contact["id"] for contact in answer.json()["items"]} == both


@pytest.mark.parametrize("wanted", [{}, {"email": "a@example.com", "phone": "+4930901820"}, {"external_id": "1"}])
async def test_a_search_names_one_thing(customer: Customer, wanted: Row) -> None:
    assert (await customer.client.post("/v1/contacts/search", json=wanted)).status_code == 422


async def test_an_edit_changes_what_it_names_and_keeps_the_rest(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com", name="Ada", company="Engines", country="DE")
    change = {"name": "Ada Lovelace", "company": None, "stage": "mql", "phone": "+49 30 901820"}
    contact = await patched(customer, ada, change, 1)
    assert contact == await customer.contact(ada)
    now = [contact[field] for field in ("version", "name", "email", "phone", "company", "country", "stage")]
    assert now == [2, "Ada Lovelace", "ada@example.com", "+4930901820", None, "DE", "mql"]
    fact = (await customer.facts(ada))[-1]
    assert isinstance(fact, ContactChanged)
    assert (fact.sequence, fact.fields, fact.stage) == (2, ["company", "name", "phone", "stage"], "mql")


async def test_an_edit_that_changes_nothing_is_no_fact(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com", country="DE")
    assert (await patched(customer, ada, {"country": "Germany", "email": "ada@example.com"}, 1))["version"] == 1
    assert len(await customer.facts(ada)) == 1


async def test_an_edit_of_another_version_is_refused(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com")
    path = f"/v1/contacts/{ada}"
    stale = await customer.client.patch(path, json={"stage": "mql"}, headers={"If-Match": '"7"'})
    missing = await customer.client.patch(path, json={"stage": "mql"})
    assert (stale.status_code, missing.status_code) == (412, 428)
    assert (await customer.contact(ada))["stage"] == "lead"


async def test_an_address_given_by_hand_finds_the_person_from_then_on(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com")
    await patched(customer, ada, {"email": "lovelace@example.org"}, 1)
    assert await customer.captured(email="Lovelace@example.org") == ada
    assert await customer.captured(email="ada@example.com") == ada
    assert (await customer.contact(ada))["email"] == "lovelace@example.org"


async def test_an_address_of_somebody_else_is_refused(customer: Customer) -> None:
    ada = await customer.captured(email="ada@example.com")
    await customer.captured(email="bob@example.com")
    answer = await customer.client.patch(
        f"/v1/contacts/{ada}", json={"email": "bob@example.com"}, headers={"If-Match": '"1"'}
    )
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (409, "/email")
    assert (await customer.contact(ada))["email"] == "ada@example.com"


@pytest.mark.parametrize("change", [{"score": 100}, {"version": 9}, {"id": "x"}, {"stage": None}, {"stage": "king"}])
async def test_only_what_may_be_edited_is_accepted(customer: Customer, change: Row) -> None:
    ada = await customer.captured(email="ada@example.com")
    answer = await customer.client.patch(f"/v1/contacts/{ada}", json=change, headers={"If-Match": '"1"'})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/{next(iter(change))}"


@pytest.mark.parametrize("contact_id", ["con_01k9q3v7w8e5rtx2m4n6p8q0sa", "obs_01k9q3v7w8e5rtx2m4n6p8q0sa", "1"])
async def test_an_unknown_contact_is_404_everywhere(customer: Customer, contact_id: str) -> None:
    path = f"/v1/contacts/{contact_id}"
    consent = {"purpose": "marketing", "channel": "email", "granted": True, "source": "x"}
    answers = [await customer.client.get(path + rest) for rest in ("", "/timeline", "/consent")]
    answers.append(await customer.client.patch(path, json={"stage": "mql"}, headers={"If-Match": '"1"'}))
    answers.append(await customer.client.put(path + "/consent", json=consent, headers={"If-Match": '"1"'}))
    assert [answer.status_code for answer in answers] == [404] * 5


async def test_each_operation_wants_its_scope(customer: Customer) -> None:
    token = customer.runtime.tokens.issue("user:nobody", [], 60)
    customer.client.headers["Authorization"] = f"Bearer {token}"
    path = "/v1/contacts/con_01k9q3v7w8e5rtx2m4n6p8q0sa"
    ask = customer.client.request
    asked = [
        ("POST", "/v1/leads"),
        ("POST", "/v1/leads:batch"),
        ("GET", "/v1/contacts"),
        ("GET", path),
        ("PATCH", path),
    ]
    asked += [("POST", "/v1/contacts/search"), ("PUT", f"{path}/consent"), ("GET", f"{path}/timeline")]
    asked += [("POST", "/v1/recipients:batch")]
    assert {(await ask(method, url, json={})).status_code for method, url in asked} == {403}
