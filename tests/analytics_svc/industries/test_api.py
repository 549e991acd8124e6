"""Industries answered: who is dropped and for what, sums and means, more than a least revenue, in pages."""

from typing import Any

import httpx
import pytest

from services.analytics_svc.industries.handlers import on_companies_recorded
from shared.contracts.customer import CompanyRecorded
from shared.database import Database
from tests.analytics_svc.industries.facts import recorded
from tests.analytics_svc.rooms import handle


async def asked(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get("/v1/industries", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def shown(client: httpx.AsyncClient, **query: Any) -> list[tuple[str, str, int, str]]:
    items = (await asked(client, **query))["items"]
    return [(item["industry"], item["currency"], item["n"], item["revenue"]) for item in items]


def four() -> list[CompanyRecorded]:
    return [
        recorded("com_1", industry="Tools", revenue="1.1", profit=1),
        recorded("com_2", industry="Tools", revenue="2.2", profit=1, missing=["country"]),
        recorded("com_3", industry="Tools", revenue="4.4", profit=None),
        recorded("com_4", industry=None, revenue="8.8", profit=3, missing=["industry", "country"]),
    ]


async def test_nothing_recorded_is_an_empty_answer(client: httpx.AsyncClient) -> None:
    answer = await asked(client)
    assert (answer["items"], answer["companies"], answer["dropped"], answer["as_of"]) == ([], 0, 0, None)


async def test_any_drops_who_lacks_anything_and_says_how_many_lack_what(
    db: Database, client: httpx.AsyncClient
) -> None:
    await handle(db, on_companies_recorded, four())
    answer = await asked(client)
    assert [(item["n"], item["revenue"]) for item in answer["items"]] == [(1, "1.10")]
    assert (answer["dropna"], answer["companies"], answer["dropped"]) == ("any", 4, 3)
    counted = {"name": 0, "country": 2, "industry": 1, "revenue": 0, "profit": 1, "assets": 0, "currency": 0}
    assert (answer["dropped_by_column"], answer["columns"]) == (counted, list(counted))
    assert answer["as_of"] == answer["items"][0]["as_of"] == "2026-01-31T09:30:00Z"


async def test_used_drops_only_who_lacks_what_the_figures_are_made_of(db: Database, client: httpx.AsyncClient) -> None:
    await handle(db, on_companies_recorded, four())
    answer = await asked(client, dropna="used")
    assert [(item["n"], item["revenue"]) for item in answer["items"]] == [(2, "3.30")]
    assert answer["dropped"] == 2
    assert answer["dropped_by_column"] == {"industry": 1, "revenue": 0, "profit": 1, "currency": 0}


async def test_a_column_that_nobody_fills_drops_nobody(db: Database, client: httpx.AsyncClient) -> None:
    facts = [recorded(f"com_{n}", missing=["assets"]) for n in range(3)]
    await handle(db, on_companies_recorded, facts)
    answer = await asked(client)
    assert (answer["items"][0]["n"], answer["dropped"], "assets" in answer["columns"]) == (3, 0, False)
    await handle(db, on_companies_recorded, [facts[0].model_copy(update={"sequence": 2, "missing": []})])
    answer = await asked(client)
    assert (answer["items"][0]["n"], answer["dropped_by_column"]["assets"]) == (1, 2)


async def test_currencies_stand_side_by_side_and_are_never_added(db: Database, client: httpx.AsyncClient) -> None:
    facts = [
        recorded(f"com_{c}{n}", currency=c, revenue=r)
        for n, (c, r) in enumerate([("USD", 1), ("EUR", 2), ("USD", 5), ("JPY", 3)])
    ]
    await handle(db, on_companies_recorded, facts)
    assert await shown(client) == [
        ("Tools", "USD", 2, "6.00"),
        ("Tools", "JPY", 1, "3"),
        ("Tools", "EUR", 1, "2.00"),
    ]
    assert await shown(client, currency="eur") == [("Tools", "EUR", 1, "2.00")]


async def test_the_mean_is_of_the_exact_sum_and_rounded_at_the_ninth_decimal(
    db: Database, client: httpx.AsyncClient
) -> None:
    facts = [recorded(f"com_{n}", profit=profit) for n, profit in enumerate(["0.1", "0.2", "-1"])]
    await handle(db, on_companies_recorded, facts)
    [item] = (await asked(client))["items"]
    assert (item["profit"], item["profit_mean"]) == ("-0.70", "-0.233333333")


@pytest.mark.parametrize(
    ("least", "names"),
    [
        ("999999.999999999", ["B", "A"]),
        ("1000000", ["B"]),
        ("1000000.000000001", []),
        ("-1000000", ["B", "A", "C"]),
        ("-5.5", ["B", "A"]),
    ],
)
async def test_an_industry_passes_if_its_sum_is_more_than_the_least(
    db: Database, client: httpx.AsyncClient, least: str, names: list[str]
) -> None:
    facts = [
        recorded("com_1", industry="A", revenue="999999.5"),
        recorded("com_2", industry="A", revenue="0.5"),
        recorded("com_3", industry="B", revenue="1000000.000000001"),
        recorded("com_4", industry="C", revenue="-5.5"),
    ]
    await handle(db, on_companies_recorded, facts)
    assert [name for name, *_ in await shown(client, min_revenue=least)] == names


async def test_sums_that_no_amount_can_hold_are_answered_and_compared_exactly(
    db: Database, client: httpx.AsyncClient
) -> None:
    most = 2**63 - 1
    await handle(db, on_companies_recorded, [recorded(f"com_{n}", revenue=most) for n in range(3)])
    assert await shown(client, min_revenue=most) == [("Tools", "USD", 3, f"{3 * most}.00")]


@pytest.mark.parametrize("sort", ["revenue", "-revenue", "n", "-n"])
async def test_pages_hold_every_industry_once(db: Database, client: httpx.AsyncClient, sort: str) -> None:
    facts = [recorded(f"com_{n}", industry=f"I{n // 2}", revenue=f"{n // 4}.1") for n in range(22)]
    await handle(db, on_companies_recorded, facts)
    found: list[tuple[str, str]] = []
    cursor: dict[str, str] = {}
    for _ in range(6):
        page = await asked(client, sort=sort, limit=2, **cursor)
        found += [(item["revenue"], item["industry"]) for item in page["items"]]
        cursor = {"cursor": page["next_cursor"]}
    assert page["next_cursor"] is None
    assert len(set(found)) == len(found) == 11
    if sort.endswith("revenue"):
        assert found == sorted(found, key=lambda one: (float(one[0]), one[1]), reverse=sort.startswith("-"))


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"min_revenue": "NaN"}, "/query/min_revenue"),
        ({"min_revenue": "1e6"}, "/query/min_revenue"),
        ({"min_revenue": str(2**63)}, "/query/min_revenue"),
        ({"dropna": "none"}, "/query/dropna"),
        ({"currency": "ABC"}, "/query/currency"),
    ],
)
async def test_a_question_that_cannot_be_answered_is_refused(
    client: httpx.AsyncClient, query: dict[str, str], pointer: str
) -> None:
    answer = await client.get("/v1/industries", params=query)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
