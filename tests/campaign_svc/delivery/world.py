"""The rooms `delivery` and `tasks` on real parts: a database, a mail server, and a peer in place of customer_svc."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from sqlalchemy import select
from sqlmodel import Session

from services.campaign_svc import delivery, tasks
from services.campaign_svc.delivery.dispatch import DispatchAction
from services.campaign_svc.delivery.models import actions
from shared.access.tokens import Tokens
from shared.bus import Message, open_bus
from shared.database import Database, Tx
from shared.database.sql import insert_all
from shared.database.tables import KERNEL
from shared.due import Due
from shared.events import Event
from shared.events.cloudevents import decode
from shared.ids import new_id
from shared.principal import Principal
from shared.runtime import Runtime
from shared.settings import Settings
from shared.web import install
from tests.campaign_svc.delivery.customer import CONSENTING, CustomerPeer
from tests.clocks import Shifted
from tests.real.smtp import MailServer

BY = Principal.service("campaign")
EMAIL = {"template": "welcome", "purpose": "marketing", "facts": {"source": "website", "grade": "A"}}
TASK = {"title": "Call within the hour", "assignee": "sales", "due_in_seconds": 3_600}
SCOPES = ["actions:read", "actions:resolve", "tasks:read", "tasks:write"]


@dataclass
class World:
    runtime: Runtime
    mails: MailServer
    customer: CustomerPeer
    clock: Shifted
    journey: str = field(default_factory=lambda: new_id("jrn"))

    def __post_init__(self) -> None:
        self.serve(self.runtime)

    def serve(self, runtime: Runtime) -> None:
        (self.effect,) = delivery.effects(runtime)
        self.due = Due(self.db, [self.effect])

    @property
    def db(self) -> Database:
        return self.runtime.db

    async def email(self, to: str = "ada@example.org", **config: Any) -> str:
        """Plan an e-mail to a new contact with this address, who consents."""
        return (await self.emails(to, **config))[0]

    async def emails(self, *to: str, **config: Any) -> list[str]:
        contacts = {new_id("con"): CONSENTING | {"address": address} for address in to}
        self.customer.contacts |= contacts
        rows = [planned(self.journey, "email", contact, EMAIL | config, self.clock()) for contact in contacts]
        await self.db.write(_plan, rows, None, by=BY)
        return [row["id"] for row in rows]

    async def plan(
        self, kind: str, about: str, config: dict[str, Any], cause: Event | None = None, **columns: Any
    ) -> str:
        """Plan an action about a contact, or, with `contact_id=None`, about something else."""
        row = planned(self.journey, kind, about, config, self.clock()) | columns
        await self.db.write(_plan, [row], cause, by=BY)
        return str(row["id"])

    async def work(self) -> int:
        """One look for due work, and all that it leads to."""
        found = await self.due.do_some()
        await self.due.finished()
        return found

    async def work_later(self) -> int:
        """The same, when every pause and every lease is over."""
        self.clock.by += timedelta(hours=1)
        return await self.work()

    async def state(self, action_id: str) -> tuple[str, str | None]:
        return await self.db.read(_state, action_id)

    async def facts(self) -> list[Event]:
        return await self.db.read(_facts)

    async def due_detail(self) -> str:
        return await self.db.read(lambda session: str(session.execute(select(KERNEL.due_work.c.detail)).scalar_one()))

    async def close(self) -> None:
        assert isinstance(self.effect, DispatchAction)
        await self.effect.close()
        await self.runtime.close()
        await self.runtime.bus.close()

    @cached_property
    def app(self) -> FastAPI:
        app = FastAPI()
        app.include_router(delivery.router)
        app.include_router(tasks.router)
        install(app, "campaign")
        app.state.runtime = self.runtime
        return app

    def client(self, user: str = "ada", scopes: Sequence[str] = SCOPES) -> httpx.AsyncClient:
        token = self.runtime.tokens.issue(f"user:{user}", scopes, 600)
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url="http://campaign",
            headers={"Authorization": f"Bearer {token}"},
        )


def runtime_of(db: Database, folder: Path, *, smtp_url: str, customer_url: str) -> Runtime:
    return Runtime(
        name="campaign",
        settings=Settings(
            data=folder,
            master_key="00112233445566778899aabbccddeeff" * 2,
            smtp_url=smtp_url,
            mail_from="Rainmaker <sales@example.com>",
            mail_reply_to="rep@example.com",
            customer_url=customer_url,
        ),
        db=db,
        bus=open_bus(f"sqlite:///{folder}/bus.db"),
        tokens=Tokens(Ed25519PrivateKey.generate()),
    )


def planned(journey: str, kind: str, contact: str, config: dict[str, Any], at: datetime) -> dict[str, Any]:
    return {
        "id": new_id("act"),
        "journey_id": journey,
        "journey_version": 1,
        "decision_id": new_id("dec"),
        "about": contact,
        "contact_id": contact,
        "name": kind,
        "kind": kind,
        "config": config,
        "occurrence": "once",
        "state": "waiting",
        "version": 1,
        "planned_at": at,
        "event_id": "evt_of_the_lead",
        "depth": 2,
        "occurred_at": at,
    }


def _plan(tx: Tx, rows: list[dict[str, Any]], cause: Event | None) -> None:
    insert_all(tx.session, actions, rows)
    for row in rows:
        tx.later("action.dispatch", key=row["id"], cause=cause)


def _state(session: Session, action_id: str) -> tuple[str, str | None]:
    row = session.execute(select(actions.c.state, actions.c.because).where(actions.c.id == action_id)).one()
    return row.state, row.because


def _facts(session: Session) -> list[Event]:
    outbox = KERNEL.outbox
    rows = session.execute(select(outbox).order_by(outbox.c.position))
    return [decode(Message(row.topic, row.key, row.value, orjson.loads(row.headers))) for row in rows]
