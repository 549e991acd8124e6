"""What a service stands on is taken away under it, on both databases, and readiness says which part it was and why."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from shared.database.migrations import write_version
from shared.service import health
from shared.settings import Settings
from tests.eventually import eventually
from tests.real.postgres import Server, drop
from tests.shared.belfry import belfry, client_of, settings_in, started
from tests.shared.facts import METADATA

Reasons = dict[str, str | None]


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FRESH_SECONDS", 0.0)


@dataclass
class Ground:
    """A service's database and its store of keys, and a way to take each of them away."""

    settings: Settings
    take: Callable[[str], None]


@pytest.fixture(params=["sqlite", "postgresql"])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Ground:
    if request.param == "sqlite":
        return Ground(settings_in(tmp_path), lambda name: _spoil(tmp_path / f"{name}.db"))
    server: Server = request.getfixturevalue("postgres_server")
    url = request.getfixturevalue("postgres_service_url")
    urls = {"test": url.format(service="customer"), "keys": url.format(service="keys")}
    settings = settings_in(tmp_path, database_url=urls["test"], keys_url=urls["keys"])
    return Ground(settings, lambda name: drop(server, urls[name]))


def _spoil(file: Path) -> None:
    """As a bad disk would. What is open has its pages in memory, so they are made to be read again."""
    with closing(sqlite3.connect(file)) as connection:
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        for (name,) in connection.execute(tables).fetchall():
            connection.execute(f'DROP TABLE "{name}"')
    for part in (file, file.with_name(f"{file.name}-wal")):
        part.write_bytes(b"no database" * 1000)


async def failing(client: httpx.AsyncClient) -> Reasons:
    """The checks that fail, with their reasons."""
    answer = await client.get("/readyz")
    checks = answer.json()["checks"]
    found: Reasons = {name: check["reason"] for name, check in checks.items() if check["status"] == "failed"}
    assert answer.status_code == (503 if found else 200)
    return found


async def fails(client: httpx.AsyncClient, check: str) -> Reasons:
    async def does() -> Reasons | None:
        found = await failing(client)
        return found if found.get(check) else None

    return await eventually(does)


async def test_a_database_that_is_gone_is_named_and_nothing_else(ground: Ground) -> None:
    async with started(belfry(vault=True), ground.settings, worker=False) as client:
        assert await failing(client) == {}
        ground.take("test")
        assert set(await fails(client, "database")) == {"database"}
        assert (await client.get("/livez")).status_code == 200


async def test_a_store_of_keys_that_is_gone_is_named_and_nothing_else(ground: Ground) -> None:
    async with started(belfry(vault=True), ground.settings, worker=False) as client:
        assert await failing(client) == {}
        ground.take("keys")
        assert set(await fails(client, "vault")) == {"vault"}


async def test_a_postgresql_that_lags_behind_the_program_is_named(tmp_path: Path, postgres_url: str) -> None:
    write_version(tmp_path, METADATA, "First")
    service, settings = belfry(versions=tmp_path), settings_in(tmp_path, database_url=postgres_url)
    service.migrate(settings)
    with psycopg.connect(postgres_url) as connection:
        connection.execute("DELETE FROM alembic_version")
    async with _unmigrated(service, settings) as client:
        reason = (await fails(client, "migrations"))["migrations"]
        assert reason == "The database is at version None, this program needs 0001: run `rainmaker migrate test`."


@asynccontextmanager
async def _unmigrated(service: Any, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = service.app(lambda: settings, worker=False)
    async with app.router.lifespan_context(app), client_of(app) as client:
        yield client


async def test_a_kafka_that_is_away_makes_a_worker_unready_and_no_api(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, bus_url="kafka://127.0.0.1:1?request_timeout_ms=500")
    async with started(belfry(), settings, worker=True) as client:
        found = await fails(client, "worker")
        assert "No Kafka answers" in str(found["bus"])
        assert "inbox ended: BusUnavailable" in str(found["worker"])
    async with started(belfry(), settings, worker=False) as client:
        assert await failing(client) == {}
        assert (await client.put("/v1/bells/big")).status_code == 200
