"""One of the three services as it runs, without its worker: with things in it, and eyes on every row it keeps."""

import hashlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from sqlalchemy import Engine, MetaData

from services import of_name
from shared.access.apikeys import api_keys, hash_of, new_secret
from shared.access.tokens import Tokens
from shared.clock import utc_now
from shared.database.engines import database_url as as_url
from shared.database.engines import make_engine
from shared.settings import Settings
from tests.fixtures import create_tables
from tests.services.access.operations import Operation, operations
from tests.shared.belfry import MASTER_KEY, SIGNING_KEY

TOKENS = Tokens(SIGNING_KEY)
ADMIN = {"Authorization": f"Bearer {TOKENS.issue('user:ada', [], 86_400, ['admin'])}"}


SECRETS = {name: new_secret() for name in ("admin", "of no use", "revoked", "expired", "rotated")}
_KEY: dict[str, Any] = {"version": 1, "scopes": [], "made_by": "user:ada", "former_hash": None, "former_until": None}
_KEY |= {"revoked_at": None, "expires_at": utc_now() + timedelta(days=1)}
_KEY |= {"name": "seed", "hint": "rmk_seed", "created_at": utc_now()}
KEYS: dict[str, dict[str, Any]] = {
    name: _KEY | {"id": f"key_{name}", "secret_hash": hash_of(secret), "roles": ["admin"]}
    for name, secret in SECRETS.items()
}
"""API keys as every service keeps them."""
KEYS["of no use"]["roles"] = ["owner"]
KEYS["revoked"]["revoked_at"] = utc_now()
KEYS["expired"]["expires_at"] = utc_now()
KEYS["rotated"] |= {
    "secret_hash": hash_of(new_secret()),
    "former_hash": hash_of(SECRETS["rotated"]),
    "former_until": utc_now(),
}


class Rows:
    """Every row in every table of these databases, as one hash for each table."""

    def __init__(self, urls: Iterable[str]) -> None:
        self._kept: list[tuple[Engine, MetaData]] = []
        for url in dict.fromkeys(urls):
            engine, tables = make_engine(as_url(url), pool_size=1), MetaData()
            tables.reflect(engine)
            self._kept.append((engine, tables))

    def hashes(self) -> dict[str, str]:
        found = {}
        for engine, tables in self._kept:
            with engine.connect() as connection:
                for name, table in tables.tables.items():
                    rows = sorted(repr(tuple(row)) for row in connection.execute(table.select()))
                    found[f"{engine.url.database}: {name}"] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
        return found

    def keep(self, keys: list[dict[str, Any]]) -> None:
        with self._kept[0][0].begin() as connection:
            connection.execute(api_keys.insert(), keys)

    def close(self) -> None:
        for engine, _ in self._kept:
            engine.dispose()


@dataclass
class Standing:
    app: FastAPI
    client: httpx.AsyncClient
    rows: Rows
    known: dict[str, str] = field(default_factory=dict)
    """An id of something that is there, by the collection it is in."""

    async def fill(self, asked: Iterable[Operation]) -> None:
        """Make one thing of each kind, as the document shows how."""
        for one in asked:
            if one.method == "POST" and "{" not in one.path and one.media_type == "application/json":
                answer = await self.client.post(one.path, content=one.content, headers=ADMIN | _media(one))
                if answer.status_code == 201:
                    found = answer.json()
                    self.known[one.collection] = found.get("id") or next(
                        value for name, value in found.items() if name.endswith("_id")
                    )

    async def ask(self, one: Operation, headers: dict[str, str], first_id: str, content: bytes) -> httpx.Response:
        headers = _media(one) | headers
        return await self.client.request(one.method, one.url(first_id), content=content, headers=headers)


@asynccontextmanager
async def standing(name: str, database_url: str, folder: Path) -> AsyncIterator[Standing]:
    service = of_name(name)
    settings = Settings(
        data=folder,
        database_url=database_url,
        keys_url=f"sqlite:///{folder}/keys.db",
        smtp_url=f"file://{folder}/mailbox",
        mail_from="us@rainmaker.example",
        customer_url="http://127.0.0.1:1",
        master_key=MASTER_KEY,
        signing_key=SIGNING_KEY,
        log_level="error",
        failures_per_minute=0,  # strangers come one after the other, all from one address
    )
    create_tables(database_url, service.tables)
    app = service.app(lambda: settings, worker=False)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://service", headers={}) as client:
            here = Standing(app, client, Rows([database_url, settings.keys, settings.bus]))
            here.rows.keep(list(KEYS.values()))
            await here.fill(operations(app))
            yield here
            here.rows.close()


def _media(one: Operation) -> dict[str, str]:
    return {"Content-Type": one.media_type} if one.media_type else {}
