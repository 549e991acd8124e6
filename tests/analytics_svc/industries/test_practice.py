"""Real companies, put in as a user puts them in: sums, means and dropped rows as another program worked them out."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.analytics_svc.industries.handlers import on_companies_recorded
from services.customer_svc.companies import room as companies
from services.customer_svc.tables import tables
from shared.database import Database
from tests.analytics_svc.rooms import client_of, handle, stated
from tests.fixtures import create_tables
from tests.shared.practice import practice_csv, practice_json

AT_ONCE = 50


def company(row: dict[str, str]) -> dict[str, Any]:
    amounts = {name: {"amount": row[name], "currency": "USD"} for name in ("revenue", "profit", "assets") if row[name]}
    return {"name": row["customer"], "country": row["country"], "industry": row["industry"]} | amounts


async def posted(url: str, folder: Path, sent: list[dict[str, Any]]) -> list[Any]:
    """The facts that customer_svc states of them. Its tables may stand beside those of the other service here."""
    create_tables(url, tables.metadata)
    db = Database(url, service="test")
    async with client_of(companies, db, folder, ["companies:write"]) as client:
        for start in range(0, len(sent), AT_ONCE):
            part = sent[start : start + AT_ONCE]
            answers = await asyncio.gather(*(client.post("/v1/companies", json=one) for one in part))
            assert {answer.status_code for answer in answers} == {201}
    facts = await stated(db)
    await db.close()
    return facts


@pytest.fixture
async def answered(database_url: str, db: Database, client: httpx.AsyncClient, tmp_path: Path) -> httpx.AsyncClient:
    sent = [company(row) for row in practice_csv("companies/forbes2000_2004.csv")]
    (folder := tmp_path / "customer").mkdir()
    facts = await posted(database_url, folder, sent)
    for start in range(0, len(facts), 500):
        await handle(db, on_companies_recorded, facts[start : start + 500])
    return client


async def test_industries_are_as_another_program_has_them(answered: httpx.AsyncClient) -> None:
    wanted = practice_json("companies/expected.json")
    answer = (await answered.get("/v1/industries", params={"dropna": "any", "limit": 200})).json()
    items = answer["items"]
    assert {(one["industry"], one["n"], Decimal(one["revenue"])) for one in items} == {
        (one["industry"], one["n"], Decimal(str(one["revenue"]))) for one in wanted["groupby"]
    }
    means = {one["industry"]: one["profit"] for one in wanted["groupby"]}
    assert all(abs(float(one["profit_mean"]) - means[one["industry"]]) <= 5e-7 for one in items)
    assert len(items) == wanted["industries"]
    assert sum(Decimal(one["revenue"]) for one in items) == Decimal(str(wanted["total_revenue_after_dropna"]))
    mean = sum(Decimal(one["profit"]) for one in items) / sum(one["n"] for one in items)
    assert abs(mean - Decimal(str(wanted["mean_profit_after_dropna"]))) <= Decimal("5e-7")
    assert (answer["companies"], answer["dropped"]) == (wanted["rows_in"], len(wanted["dropped_rows"]))
    nulls = {"name" if name == "customer" else name: count for name, count in wanted["nulls_per_column"].items()}
    assert answer["dropped_by_column"] == nulls | {"currency": 0}
    large = (await answered.get("/v1/industries", params={"min_revenue": "1000000"})).json()["items"]
    assert [(one["industry"], one["n"]) for one in large] == [
        (one["industry"], one["n"]) for one in wanted["high_value_revenue_gt_1e6"]
    ]
