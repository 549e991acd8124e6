"""The room `webhooks` on real parts: a database, receivers on the loopback, and a clock that a test moves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from sqlalchemy import select
from sqlmodel import Session

from services.campaign_svc import journeys, webhooks
from services.campaign_svc.delivery.models import actions
from services.campaign_svc.webhooks.deliver import DeliverWebhook
from services.campaign_svc.webhooks.models import attempts, deliveries
from services.campaign_svc.webhooks.sending import Sender
from shared.access.tokens import Tokens
from shared.bus import open_bus
from shared.database import Database, Tx
from shared.database.sql import insert_all
from shared.database.tables import KERNEL
from shared.due import Due
from shared.ids import new_id
from shared.outgoing import Outgoing
from shared.principal import Principal
from shared.runtime import Runtime
from shared.settings import Settings
from shared.web import install
from tests.campaign_svc.delivery.world import planned
from tests.clocks import Shifted

BY = Principal.service("campaign")
SCOPES = ["webhooks:read", "webhooks:write", "journeys:read", "journeys:write"]
FACTS = {"grade": "A", "score": 85, "source": "website"}


@dataclass
class World:
    """`seconds` is how long a receiver may take; the limit of the product is a test of its own."""

    runtime: Runtime
    clock: Shifted
    seconds: float = 600.0
    journey: str = field(default_factory=lambda: new_id("jrn"))

    def __post_init__(self) -> None:
        self.wait_for_receivers(self.seconds)

    def wait_for_receivers(self, seconds: float) -> None:
        self.seconds = seconds
        self.effect = DeliverWebhook(self.db, self.sender())
        self.due = Due(self.db, [self.effect])

    def sender(self) -> Sender:
        settings = self.runtime.settings
        outgoing = Outgoing(local=settings.private_addresses, seconds=self.seconds)
        return Sender(outgoing, settings.master, self.db.clock)

    @property
    def db(self) -> Database:
        return self.runtime.db

    async def endpoint(self, url: str, name: str = "crm", **fields: Any) -> dict[str, Any]:
        async with self.client() as client:
            made = await client.post("/v1/webhooks", json={"name": name, "url": url} | fields)
        assert made.status_code == 201, made.text
        return dict(made.json())

    async def plan(self, endpoint: str = "crm", count: int = 1, facts: Any = FACTS) -> list[str]:
        """Actions that a journey planned; their ids."""
        rows = [
            planned(self.journey, "webhook", new_id("con"), {"endpoint": endpoint, "facts": facts}, self.clock())
            for _ in range(count)
        ]
        await self.db.write(_plan, rows, by=BY)
        return [row["id"] for row in rows]

    async def work(self, later: timedelta = timedelta()) -> int:
        """One look for due work, and all that it leads to, after so much time has passed."""
        self.clock.by += later
        found = await self.due.do_some()
        await self.due.finished()
        return found

    async def states(self, *action_ids: str) -> list[tuple[str, str | None]]:
        """State and detail of each action."""
        return await self.db.read(_states, action_ids)

    async def log(self, action_id: str) -> list[tuple[int | None, str | None]]:
        """Status and reason of each attempt."""
        return await self.db.read(_log, action_id)

    async def next_due(self) -> timedelta:
        """How long until the one piece of work that is open is due."""
        due_at: datetime = await self.db.read(_next_due)
        return due_at - self.clock()

    async def delivery_of(self, action_id: str) -> dict[str, Any]:
        """As the API shows it."""
        delivery_id = await self.db.read(_delivery_id, action_id)
        async with self.client() as client:
            return dict((await client.get(f"/v1/webhook-deliveries/{delivery_id}")).json())

    async def close(self) -> None:
        await self.effect.close()
        await self.runtime.close()
        await self.runtime.bus.close()

    @cached_property
    def app(self) -> FastAPI:
        app = FastAPI()
        install(app, "campaign")
        app.include_router(webhooks.router)
        app.include_router(journeys.router)
        app.state.runtime = self.runtime
        return app

    def client(self, scopes: Sequence[str] = SCOPES) -> httpx.AsyncClient:
        token = self.runtime.tokens.issue("user:ada", scopes, 600)
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url="http://campaign",
            headers={"Authorization": f"Bearer {token}"},
        )


def runtime_of(db: Database, folder: Path, *, private_addresses: bool = True) -> Runtime:
    return Runtime(
        name="campaign",
        settings=Settings(
            data=folder, master_key="00112233445566778899aabbccddeeff" * 2, private_addresses=private_addresses
        ),
        db=db,
        bus=open_bus(f"sqlite:///{folder}/bus.db"),
        tokens=Tokens(Ed25519PrivateKey.generate()),
    )


def _plan(tx: Tx, rows: list[dict[str, Any]]) -> None:
    insert_all(tx.session, actions, rows)
    for row in rows:
        tx.later("webhook.deliver", key=row["id"], payload={"action_id": row["id"]})


def _states(session: Session, action_ids: Sequence[str]) -> list[tuple[str, str | None]]:
    query = select(actions.c.id, actions.c.state, actions.c.detail).where(actions.c.id.in_(action_ids))
    found = {row.id: (row.state, row.detail) for row in session.execute(query)}
    return [found[action_id] for action_id in action_ids]


def _log(session: Session, action_id: str) -> list[tuple[int | None, str | None]]:
    query = select(attempts.c.status, attempts.c.reason).join(deliveries, deliveries.c.id == attempts.c.delivery_id)
    rows = session.execute(query.where(deliveries.c.action_id == action_id).order_by(attempts.c.number))
    return [(row.status, row.reason) for row in rows]


def _next_due(session: Session) -> Any:
    due = KERNEL.due_work
    return session.execute(select(due.c.due_at).where(due.c.settled_at.is_(None))).scalar_one()


def _delivery_id(session: Session, action_id: str) -> str:
    return str(session.execute(select(deliveries.c.id).where(deliveries.c.action_id == action_id)).scalar_one())
