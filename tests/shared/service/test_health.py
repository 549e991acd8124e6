"""Health: each thing that a service needs is broken in turn, and readiness says which one it was."""

import asyncio
import sqlite3
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.database.migrations import write_version
from shared.service import health, worker
from shared.web import Router
from tests.eventually import eventually
from tests.shared.belfry import belfry, runtime_of, settings_in, started
from tests.shared.facts import METADATA


@pytest.fixture(autouse=True)
def asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FRESH_SECONDS", 0.0)


async def readiness(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/readyz")
    found: dict[str, Any] = answer.json()
    assert (answer.status_code == 200) == (found["status"] == "ready"), found
    return found


async def reason(client: httpx.AsyncClient, check: str) -> str:
    """Wait until this check fails; why it does."""

    async def failed() -> bool:
        return bool((await readiness(client))["checks"][check]["status"] == "failed")

    await eventually(failed)
    return str((await readiness(client))["checks"][check]["reason"])


async def test_a_service_that_has_all_it_needs_is_ready(tmp_path: Path) -> None:
    async with started(belfry(), settings_in(tmp_path)) as client:
        found = await readiness(client)
        assert found["status"] == "ready"
        assert set(found["checks"]) == {"database", "bus", "worker"}


async def test_an_api_without_a_worker_does_not_ask_for_the_bus(tmp_path: Path) -> None:
    async with started(belfry(), settings_in(tmp_path), worker=False) as client:
        await runtime_of(client).bus.close()
        assert (await readiness(client))["status"] == "ready"


async def test_a_broken_database_is_named(tmp_path: Path) -> None:
    async with started(belfry(), settings_in(tmp_path), worker=False) as client:
        await readiness(client)
        (tmp_path / "test.db").write_bytes(b"no database" * 1000)
        assert await reason(client, "database")
        assert (await client.get("/livez")).status_code == 200


async def test_a_bus_that_is_away_is_named(tmp_path: Path) -> None:
    async with started(belfry(), settings_in(tmp_path)) as client:
        await runtime_of(client).bus.close()
        assert "closed" in await reason(client, "bus")


async def test_a_database_that_lags_behind_the_program_is_named(tmp_path: Path) -> None:
    write_version(tmp_path, METADATA, "First")
    settings = settings_in(tmp_path)
    async with started(belfry(versions=tmp_path), settings, worker=False) as client:
        assert (await readiness(client))["checks"]["migrations"]["status"] == "ok"
    with sqlite3.connect(tmp_path / "test.db") as connection:
        connection.execute("DELETE FROM alembic_version")
    app = belfry(versions=tmp_path).app(lambda: settings, worker=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        assert "run `rainmaker migrate test`" in await reason(client, "migrations")


async def test_a_database_ahead_of_the_program_is_no_fault_while_versions_follow_each_other(tmp_path: Path) -> None:
    write_version(tmp_path, METADATA, "First")
    settings = settings_in(tmp_path)
    async with started(belfry(versions=tmp_path), settings, worker=False):
        with sqlite3.connect(tmp_path / "test.db") as connection:
            connection.execute("UPDATE alembic_version SET version_num = '0002'")
    async with started(belfry(versions=tmp_path), settings, worker=False) as client:
        assert (await readiness(client))["checks"]["migrations"] == {"status": "ok", "reason": None}


class CrackedRoom:
    """A room with a loop that cannot run."""

    router = Router()

    @staticmethod
    def loops(_: object) -> dict[str, worker.Loop]:
        async def ends() -> None:
            raise ValueError("jane@doe.example")

        return {"cracked": ends}


async def test_a_loop_that_dies_is_named_without_what_it_said(tmp_path: Path) -> None:
    async with started(belfry(CrackedRoom), settings_in(tmp_path)) as client:
        found = await reason(client, "worker")
        assert found.startswith("cracked ended: ValueError at service/test_health.py")
        assert "jane" not in found
        text = (await client.get("/metrics")).text
        assert 'rainmaker_worker_restarts_total{service="test",task="cracked"}' in text


async def test_an_inbox_that_stopped_says_why(tmp_path: Path) -> None:
    async with started(belfry(), settings_in(tmp_path)) as client:
        runtime_of(client).inbox.stopped_because = "51 of the last 100 facts could not be handled."
        assert await reason(client, "worker") == "51 of the last 100 facts could not be handled."


async def test_a_check_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.05)

    async def hangs() -> None:
        await asyncio.Event().wait()

    began = time.monotonic()
    found = await health.Health({"database": hangs}).readiness()
    assert found.checks["database"].reason == "It did not answer within 0.05 s."
    assert time.monotonic() - began < 60  # a bound on "for ever", not a figure


async def test_an_answer_stands_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FRESH_SECONDS", 600.0)
    asked = 0

    async def count() -> None:
        nonlocal asked
        asked += 1

    checked = health.Health({"database": count})
    await asyncio.gather(*(checked.readiness() for _ in range(20)))
    assert asked == 1
