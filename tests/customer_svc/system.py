"""What the tests of customer_svc ask of it: over HTTP as any caller, and of its tables directly."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
from sqlalchemy import func, select
from sqlmodel import Session

from services.customer_svc.tables import tables
from shared.bus import Message
from shared.database import Tx
from shared.events import Event
from shared.events.cloudevents import decode
from shared.principal import Principal
from shared.runtime import Runtime

Row = dict[str, Any]


@dataclass
class Customer:
    client: httpx.AsyncClient
    runtime: Runtime

    async def post(self, lead: Row, **headers: str) -> httpx.Response:
        return await self.client.post("/v1/leads", json={"source": "website"} | lead, headers=headers)

    async def captured(self, **lead: Any) -> str:
        """The id of the contact that this lead was taken in for."""
        answer = await self.post(lead)
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()["contact_id"])

    async def batch(self, leads: Sequence[Any], **headers: str) -> list[Row]:
        answer = await self.client.post("/v1/leads:batch", json={"leads": leads}, headers=headers)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["results"])

    async def contact(self, contact_id: str) -> Row:
        return dict((await self.client.get(f"/v1/contacts/{contact_id}")).json())

    async def timeline(self, contact_id: str) -> list[Row]:
        return list((await self.client.get(f"/v1/contacts/{contact_id}/timeline")).json()["items"])

    async def rows(self, table: str) -> list[Row]:
        return await self.runtime.db.read(rows_of, table)

    async def counts(self) -> dict[str, int]:
        """Rows of every table."""
        return await self.runtime.db.read(counted)

    async def facts(self, contact_id: str = "") -> list[Event]:
        """What waits in the outbox, about this contact or everybody, in its order."""
        rows = sorted(await self.rows("outbox"), key=lambda row: row["position"])
        messages = [Message(row["topic"], row["key"], row["value"], orjson.loads(row["headers"])) for row in rows]
        return [decode(message) for message in messages if contact_id in ("", message.key)]

    async def handle(self, handler: Any, facts: Sequence[Event]) -> None:
        """As the inbox does."""

        def handled(tx: Tx) -> None:
            handler(tx, facts)

        await self.runtime.db.write(handled, by=Principal.service("customer"))


def rows_of(session: Session, table: str) -> list[Row]:
    return [dict(row) for row in session.execute(select(tables.metadata.tables[table])).mappings()]


def counted(session: Session) -> dict[str, int]:
    return {
        name: session.execute(select(func.count()).select_from(table)).scalar_one()
        for name, table in tables.metadata.tables.items()
    }
