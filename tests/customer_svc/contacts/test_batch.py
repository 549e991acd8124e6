"""Many leads in one request: what one row does wrong is that row's own affair."""

import itertools

import pytest

from tests.customer_svc.system import Customer


def lead(number: int, **more: object) -> dict[str, object]:
    return {"source": "import", "email": f"person{number}@example.com", **more}


async def test_each_row_has_its_result(customer: Customer) -> None:
    known = await customer.captured(email="person1@example.com")
    results = await customer.batch([lead(0), lead(1), lead(0)])
    assert [(one["index"], one["status"]) for one in results] == [(0, 201), (1, 200), (2, 200)]
    assert results[1]["contact_id"] == known and results[0]["contact_id"] == results[2]["contact_id"]
    assert len({one["observation_id"] for one in results}) == 3
    assert all(one["problem"] is None for one in results)


async def test_one_bad_row_costs_that_row_only(customer: Customer) -> None:
    bad = [{"source": "x", "email": 5}, {"source": "x", "nmae": "y"}, "no lead", {"email": "a@example.com"}]
    results = await customer.batch([lead(0), *bad, lead(1)])
    assert [one["status"] for one in results] == [201, 422, 422, 422, 422, 201]
    pointers = [error["pointer"] for one in results[1:5] for error in one["problem"]["errors"]]
    assert pointers == ["/leads/1/email", "/leads/2/nmae", "/leads/3", "/leads/4/source"]
    assert (await customer.counts())["contacts"] == 2


@pytest.mark.parametrize(
    "spoiled", ['"a\\u0000b"', '"a\\ud800"', "9223372036854775808", pytest.param("1" * 5000, id="long")]
)
async def test_what_no_database_can_store_costs_its_row_only(customer: Customer, spoiled: str) -> None:
    raw = '{"leads":[{"source":"x"},{"source":"x","attributes":{"v":VALUE}},{"source":"x"}]}'.replace("VALUE", spoiled)
    answer = await customer.client.post("/v1/leads:batch", content=raw, headers={"Content-Type": "application/json"})
    results = answer.json()["results"]
    assert [one["status"] for one in results] == [201, 422, 201]
    assert results[1]["problem"]["errors"][0]["pointer"] == "/leads/1/attributes/v"


async def test_a_row_that_contradicts_itself_is_409_and_changes_nothing_for_the_others(customer: Customer) -> None:
    await customer.batch([lead(0), {"source": "crm", "external_id": "1"}])
    results = await customer.batch([lead(0), lead(0, source="crm", external_id="1"), lead(2)])
    assert [one["status"] for one in results] == [200, 409, 201]
    assert [error["pointer"] for error in results[1]["problem"]["errors"]] == ["/leads/1/email", "/leads/1/external_id"]
    assert (await customer.counts())["observations"] == 4


async def test_an_identifier_seen_in_one_row_names_the_same_person_in_those_after_it(customer: Customer) -> None:
    rows = [lead(0, source="crm", external_id="1"), {"source": "crm", "external_id": "1"}, lead(0, name="Ada")]
    results = await customer.batch(rows)
    [contact_id] = {one["contact_id"] for one in results}
    assert [fact.sequence for fact in await customer.facts(contact_id)] == [1, 2, 3]
    contact = await customer.contact(contact_id)
    assert (contact["observations"], contact["name"], contact["observation_sources"]) == (
        3,
        "Ada",
        {"crm": 2, "import": 1},
    )


async def test_a_thousand_rows_about_four_hundred_people_keep_their_order(customer: Customer) -> None:
    rows = [lead(number % 400, attributes={"row": number}) for number in range(1000)]
    results = await customer.batch(rows)
    assert [one["index"] for one in results] == list(range(1000))
    assert [one["status"] for one in results] == [201] * 400 + [200] * 600
    facts = sorted(await customer.facts(), key=lambda fact: fact.key)
    for _, about_one in itertools.groupby(facts, key=lambda fact: fact.key):
        rows_of_one = [(fact.sequence, fact.attributes["row"]) for fact in about_one]  # type: ignore[attr-defined]
        assert [sequence for sequence, _ in rows_of_one] == list(range(1, len(rows_of_one) + 1))
        assert rows_of_one == sorted(rows_of_one)


async def test_a_batch_sent_again_under_its_key_changes_nothing(customer: Customer) -> None:
    rows = [lead(number) for number in range(450)] + [{"source": 1}, lead(3, source="crm", external_id="1")]
    first = await customer.batch(rows, **{"Idempotency-Key": "b1"})
    before = await customer.counts()
    answer = await customer.client.post("/v1/leads:batch", json={"leads": rows}, headers={"Idempotency-Key": "b1"})
    assert [_ids(one) for one in answer.json()["results"]] == [_ids(one) for one in first]
    assert answer.headers["idempotency-replayed"] == "true"
    assert await customer.counts() == before


def _ids(result: dict[str, object]) -> tuple[object, ...]:
    return result["status"], result["contact_id"], result["observation_id"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], ""),
        ({}, "/leads"),
        ({"leads": []}, "/leads"),
        ({"leads": "x"}, "/leads"),
        ({"leads": [{}] * 1001}, "/leads"),
        ({"leads": [{"source": "x"}], "more": 1}, "/more"),
    ],
)
async def test_what_is_no_batch_is_refused_as_a_whole(customer: Customer, body: object, pointer: str) -> None:
    answer = await customer.client.post("/v1/leads:batch", json=body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
