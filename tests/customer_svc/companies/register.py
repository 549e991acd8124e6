"""What the tests ask of the register of companies: over HTTP as any caller, and of its facts."""

from dataclasses import dataclass
from typing import Any

import httpx

from shared.contracts.customer import CompanyRecorded
from shared.database import Database
from tests.analytics_svc.rooms import stated

SCOPES = ["companies:read", "companies:write"]

Row = dict[str, Any]

ACME: Row = {
    "name": "Acme",
    "industry": "Tools",
    "country": "Germany",
    "revenue": {"amount": "10.50", "currency": "USD"},
    "profit": {"amount": "-2", "currency": "USD"},
}


@dataclass
class Register:
    db: Database
    client: httpx.AsyncClient

    async def post(self, company: Row, **headers: str) -> httpx.Response:
        return await self.client.post("/v1/companies", json=company, headers=headers)

    async def recorded(self, **company: Any) -> str:
        """The id of the company that this was recorded for."""
        answer = await self.post({"name": "Acme"} | company)
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()["company_id"])

    async def company(self, company_id: str) -> Row:
        return dict((await self.client.get(f"/v1/companies/{company_id}")).json())

    async def patch(self, company_id: str, changes: Row, version: int | None) -> httpx.Response:
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        return await self.client.patch(f"/v1/companies/{company_id}", json=changes, headers=headers)

    async def listed(self, **query: Any) -> list[str]:
        answer = await self.client.get("/v1/companies", params=query)
        assert answer.status_code == 200, answer.text
        return [company["name"] for company in answer.json()["items"]]

    async def facts(self) -> list[CompanyRecorded]:
        return await stated(self.db)
