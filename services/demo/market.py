"""The second flow: companies from a file, the figures of an ad network with one bad day, and what follows from them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from services.demo.clients import Clients
from services.demo.companies import companies_file
from services.demo.network import AdNetwork
from services.demo.outside import Outside
from services.demo.telling import Teller
from services.demo.watch import Row, pages
from shared.clock import utc_now

COMPANIES = 66
JOURNEY: dict[str, Any] = {
    "name": "Tell the warehouse",
    "entry": "anomaly.detected",
    "when": {
        "combinator": "and",
        "not": False,
        "rules": [{"field": "severity", "operator": "=", "value": "alarm"}],
    },
    "repeat": "every",
    "actions": [{"kind": "webhook", "name": "tell", "endpoint": "warehouse"}],
    "on": True,
}


def network_until_yesterday(seed: int) -> AdNetwork:
    """Its last day, the bad one, is over: figures of a day that goes on are no reason for an alarm yet."""
    return AdNetwork(utc_now().date() - timedelta(days=1), seed=seed)


@dataclass
class Market:
    api: Clients
    world: Outside
    teller: Teller
    seed: int
    job: Row = field(default_factory=dict)
    connector: Row = field(default_factory=dict)
    alarms: dict[str, Row] = field(default_factory=dict)
    approvals: dict[str, Row] = field(default_factory=dict)
    received: set[str] = field(default_factory=set)

    async def begin(self) -> None:
        """Where alarms go first, then what may raise one."""
        endpoint = await self._post("/v1/webhooks", {"name": "warehouse", "url": self.world.receiver_url})
        self.world.receiver.secret = endpoint["secret"]
        await self._post("/v1/journeys", JOURNEY)
        self.connector = await self._post("/v1/connectors", self.world.network.connector(self.world.network_url))
        imported = await self.api.customer.post(
            "/v1/imports",
            params={"kind": "companies", "name": "companies.csv", "constant": "currency=EUR", "map": "name=customer"},
            content=companies_file(COMPANIES, self.seed),
            headers={"content-type": "text/csv"},
        )
        self.job = imported.raise_for_status().json()

    async def tell_news(self) -> None:
        async for alarm in pages(self.api.analytics, "/v1/anomalies", severity="alarm"):
            if self.alarms.setdefault(alarm["id"], alarm) is alarm:
                self.teller.alarm(alarm)
        async for approval in pages(self.api.campaign, "/v1/approvals"):
            await self._decide(approval)
        for webhook_id in self.world.receiver.got.keys() - self.received:
            self.received.add(webhook_id)
            self.teller.received(self.world.receiver.got[webhook_id])
        self.job = (await self.api.customer.get(f"/v1/imports/{self.job['id']}")).raise_for_status().json()

    async def left(self) -> str:
        """What is still to come; nothing once all is in and what follows from the bad day has followed."""
        if self.job["state"] != "done":
            return f"the import of companies is {self.job['state']}"
        pulls = [pull async for pull in self._pulls()]
        if not any(pull["state"] == "done" for pull in pulls):
            return "the ad network is not pulled to its end"
        bad = {alarm["series"] for alarm in self.alarms.values()} & {self.world.network.bad_series}
        if not bad or not self.received:
            return f"the bad day raised {len(bad)} alarms, and {len(self.received)} webhooks came"
        return "" if self.approvals else "there is no budget to say yes or no to"

    def _pulls(self) -> AsyncIterator[Row]:
        return pages(self.api.campaign, f"/v1/connectors/{self.connector['id']}/pulls")

    async def _decide(self, approval: Row) -> None:
        """A person looks at it and says yes: to just this content, and not as its author."""
        if approval["id"] in self.approvals or approval["state"] != "waiting":
            return
        said = {"content_hash": approval["content_hash"], "note": "Agreed, after a look at the figures."}
        decided = await self._post(f"/v1/approvals/{approval['id']}/approve", said)
        self.approvals[approval["id"]] = decided
        self.teller.approval(decided)

    async def _post(self, path: str, body: dict[str, Any]) -> Row:
        answer: Row = (await self.api.campaign.post(path, json=body)).raise_for_status().json()
        return answer
