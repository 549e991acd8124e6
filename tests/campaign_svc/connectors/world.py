"""The room on real parts: a database, a worker's due work, a client, and a network on loopback."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from sqlalchemy import select
from sqlmodel import Session

from services.campaign_svc import connectors
from services.campaign_svc.ads import room as ads
from services.campaign_svc.ads.models import metrics
from services.campaign_svc.connectors.pulling import PullConnector
from shared.access.tokens import Tokens
from shared.bus import open_bus
from shared.database import Database
from shared.due import Due
from shared.runtime import Runtime
from shared.settings import Settings
from shared.web import install
from tests.clocks import Shifted

SCOPES = ["connectors:read", "connectors:write", "ad-metrics:read"]
ENDED = {"done", "failed", "stopped"}
Json = dict[str, Any]


@dataclass
class World:
    runtime: Runtime
    clock: Shifted
    client: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        app = FastAPI()
        install(app, "campaign")
        app.include_router(connectors.router)
        app.include_router(ads.router)
        app.state.runtime = self.runtime
        token = self.runtime.tokens.issue("user:ada", SCOPES, 600)
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://campaign",
            headers={"Authorization": f"Bearer {token}"},
        )
        self.restart()

    def restart(self) -> None:
        """A worker that knows nothing of the one before."""
        (self.effect,) = connectors.effects(self.runtime)
        self.due = Due(self.db, [self.effect])

    @property
    def db(self) -> Database:
        return self.runtime.db

    def day(self, ago: int = 0) -> date:
        return (self.clock() - timedelta(days=ago)).date()

    async def create(self, wanted: Json) -> Json:
        answer = await self.client.post("/v1/connectors", json=wanted)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def change(self, connector: Json, wanted: Json) -> httpx.Response:
        headers = {"If-Match": f'"{connector["version"]}"'}
        return await self.client.put(f"/v1/connectors/{connector['id']}", json=wanted, headers=headers)

    async def pulls(self, connector: Json) -> list[Json]:
        """The newest first."""
        answer = await self.client.get(f"/v1/connectors/{connector['id']}/pulls")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    async def work(self) -> int:
        """One look for due work, and all that it leads to."""
        found = await self.due.do_some()
        await self.due.finished()
        return found

    async def pull(self, connector: Json, tries: int = 60) -> Json:
        """The pull that is planned next, worked at to its end, whatever pauses it takes."""
        known = {one["id"] for one in await self.pulls(connector) if one["state"] in ENDED}
        for _ in range(tries):
            if ended := [
                one for one in await self.pulls(connector) if one["state"] in ENDED and one["id"] not in known
            ]:
                return ended[0]
            if not await self.work():
                await self._pass_time(connector)
        raise AssertionError(f"not ended after {tries} tries: {await self.pulls(connector)}")

    async def stored(self) -> dict[tuple[str, str], tuple[int, int, str]]:
        """What stands, as `FaultyNetwork.truth` tells it."""
        return await self.db.read(_stored)

    async def close(self) -> None:
        assert isinstance(self.effect, PullConnector)
        await self.effect.close()
        await self.client.aclose()
        await self.runtime.close()
        await self.runtime.bus.close()

    async def _pass_time(self, connector: Json) -> None:
        """To when the pull is due, and not a minute more: a pull has to begin on the day that it is for."""
        [current] = [one for one in await self.pulls(connector) if one["state"] not in ENDED]
        due = datetime.fromisoformat(current["retry_at"] or current["planned_at"])
        self.clock.by += max(due - self.clock(), timedelta()) + timedelta(milliseconds=1)


def runtime_of(db: Database, folder: Path, *, local: bool = True) -> Runtime:
    master = "00112233445566778899aabbccddeeff" * 2
    return Runtime(
        name="campaign",
        settings=Settings(data=folder, master_key=master, private_addresses=local),
        db=db,
        bus=open_bus(f"sqlite:///{folder}/bus.db"),
        tokens=Tokens(Ed25519PrivateKey.generate()),
    )


def _stored(session: Session) -> dict[tuple[str, str], tuple[int, int, str]]:
    rows = session.execute(select(metrics)).all()
    return {
        (row.day.isoformat(), row.campaign): (
            row.impressions,
            row.clicks,
            str(row.spend_units * 1_000_000 + row.spend_nanos // 1_000),
        )
        for row in rows
    }
