"""The room `approvals` on real parts: a database, people with tokens, and advice as analytics states it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI

from services.campaign_svc import approvals
from services.campaign_svc.approvals.handlers import on_budgets_suggested
from shared.access.tokens import Tokens
from shared.bus import open_bus
from shared.contracts.analytics import BudgetSuggested
from shared.database import Database
from shared.due import Due
from shared.money import Money
from shared.runtime import Runtime
from shared.settings import Settings
from shared.web import install
from tests.analytics_svc.rooms import handle, stated
from tests.clocks import Shifted

SCOPES = ["approvals:read", "approvals:write", "approvals:decide", "budgets:read"]
PROPOSAL: dict[str, Any] = {
    "channel": "search",
    "campaign": "brand",
    "daily_budget": {"amount": "80.00", "currency": "EUR"},
    "reason": "The fair begins on Monday.",
}
AS_OF = datetime(2026, 1, 31, 6, tzinfo=UTC)


@dataclass
class Desk:
    """Where approvals lie. `db` may be one of several on the same tables."""

    db: Database
    clock: Shifted
    folder: Path
    tokens: Tokens = field(default_factory=lambda: Tokens(Ed25519PrivateKey.generate()))

    @cached_property
    def runtime(self) -> Runtime:
        settings = Settings(data=self.folder, master_key="00112233445566778899aabbccddeeff" * 2)
        bus = open_bus(f"sqlite:///{self.folder}/bus.db")
        return Runtime(name="campaign", settings=settings, db=self.db, bus=bus, tokens=self.tokens)

    @cached_property
    def app(self) -> FastAPI:
        app = FastAPI()
        install(app, "campaign")
        app.include_router(approvals.router)
        app.state.runtime = self.runtime
        return app

    def person(self, who: str = "user:ada", scopes: Sequence[str] = SCOPES) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url="http://campaign",
            headers={"Authorization": f"Bearer {self.tokens.issue(who, scopes, 600)}"},
        )

    async def proposed(self, by: str = "user:eve", **changes: Any) -> dict[str, Any]:
        async with self.person(by) as client:
            answer = await client.post("/v1/approvals", json=PROPOSAL | changes)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def say(self, verb: str, approval: dict[str, Any], by: str = "user:ada", **changes: Any) -> httpx.Response:
        body = {"content_hash": approval["content_hash"], "note": "Agreed with the team."} | changes
        async with self.person(by) as client:
            return await client.post(f"/v1/approvals/{approval['id']}/{verb}", json=body)

    async def listed(self, path: str = "/v1/approvals", **filters: Any) -> list[dict[str, Any]]:
        async with self.person() as client:
            answer = await client.get(path, params={"limit": 200} | filters)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    async def states(self) -> dict[str, str]:
        """By suggestion, or by who proposed."""
        return {one["suggestion_id"] or one["proposed_by"]: one["state"] for one in await self.listed()}

    async def told(self, *advice: BudgetSuggested) -> None:
        await handle(self.db, on_budgets_suggested, advice)

    async def facts(self) -> list[Any]:
        return await stated(self.db)

    async def expire(self) -> None:
        """All that is due by now."""
        due = Due(self.db, approvals.effects(self.runtime))
        await due.do_some()
        await due.finished()

    def advice(self, number: int = 1, campaign: str = "brand", hours: int = 0, **changes: Any) -> BudgetSuggested:
        usual: dict[str, Any] = {
            "current_daily_spend": Money.of("120.50", "EUR"),
            "daily_budget": Money.of("96.40", "EUR"),
            "reason": "a conversion costs 15.30 EUR here and 9.80 over all campaigns of this currency",
            "based_on": {"cpa_28d": "15.30", "cpa_all_28d": "9.80"},
            "expires_at": self.clock() + timedelta(days=7),
        }
        return BudgetSuggested(
            suggestion_id=f"adv_{campaign}_{number}",
            series=f"search/{campaign}",
            channel="search",
            campaign=campaign,
            as_of=AS_OF + timedelta(days=number, hours=hours),
            sequence=1,
            occurred_at=AS_OF,
            depth=3,
            **(usual | changes),
        )
