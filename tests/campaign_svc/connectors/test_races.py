"""A connector that two change at one moment, on PostgreSQL: what was decided last stands, and nobody gets a 500."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, select

from services.campaign_svc.connectors import keeping, progress
from services.campaign_svc.connectors.models import Connector, ConnectorChange, ConnectorOut, Pull
from services.campaign_svc.connectors.shapes import ConnectorIn
from services.campaign_svc.tables import tables
from services.demo.network import AdNetwork
from shared.database import Database, Tx
from shared.due import Outcome, Result
from shared.ids import new_id
from shared.principal import Principal
from shared.problems import Problem
from tests.eventually import eventually
from tests.fixtures import create_tables

BY = Principal.service("test")
WAITING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    " AND clock_timestamp() - query_start > interval '50 ms'"
)
"""Longer than a writer waits before it tries each change alone, so that this is the try that counts."""


@dataclass
class Held:
    """A change that is made and not committed before it is let go."""

    made: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    def of(self, change: Callable[..., Any]) -> Callable[..., Any]:
        def held(tx: Tx, *args: Any) -> Any:
            result = change(tx, *args)
            self.made.set()
            assert self.let_go.wait(90)
            return result

        return held


@dataclass
class Two:
    """Two processes' worth of writers on one database."""

    first: Database
    second: Database

    async def create(self, **given: Any) -> ConnectorOut:
        return await self.first.write(keeping.create, new_id("pul"), wanted(**given), b"sealed", by=BY)

    async def at_once(self, held: tuple[Any, ...], waiting: tuple[Any, ...]) -> tuple[Any, Any]:
        """The second is made to wait for the first, which is committed then."""
        change = Held()
        first = asyncio.create_task(self.first.write(change.of(held[0]), *held[1:], by=BY))
        assert await asyncio.to_thread(change.made.wait, 60)
        second = asyncio.create_task(self.second.write(*waiting, by=BY))

        async def waits() -> bool:
            return second.done() or await self.first.read(_somebody_waits)

        await eventually(waits, pause=0.005)
        change.let_go.set()
        return await asyncio.gather(first, second, return_exceptions=True)


@pytest.fixture
async def two(postgres_url: str) -> AsyncIterator[Two]:
    create_tables(postgres_url, tables.metadata)
    two = Two(Database(postgres_url, service="test"), Database(postgres_url, service="test"))
    yield two
    await two.first.close()
    await two.second.close()


def wanted(**given: Any) -> ConnectorIn:
    return ConnectorIn.model_validate(AdNetwork(date(2026, 1, 31)).connector("http://127.0.0.1:9") | given)


def change_to(**given: Any) -> ConnectorChange:
    return ConnectorChange.model_validate(wanted(**given).model_dump(mode="json"))


async def test_a_pull_that_ends_while_its_connector_is_changed_is_stopped_and_the_new_one_stands(two: Two) -> None:
    connector = await two.create()
    begun = await two.first.write(progress.begin, connector.next_pull_id, by=BY)
    assert begun is not None
    change = keeping.change, connector.id, change_to(query={"of": "others"}), b"sealed", connector.version
    changed, ended = await two.at_once(change, (progress.end, begun.id, Result(Outcome.DONE)))
    assert (changed.version, ended) == (2, None)
    stored, states = await two.first.read(_as_stored, connector.id)
    assert states == {begun.id: "stopped", changed.next_pull_id: "planned"}
    assert (stored.pull_id, stored.pulled_until) == (changed.next_pull_id, None)


async def test_of_two_connectors_that_take_one_name_the_second_is_told_that_it_is_taken(two: Two) -> None:
    one, other = await two.create(name="One"), await two.create(name="Other")
    changes = [(keeping.change, it.id, change_to(name="New"), b"sealed", it.version) for it in (one, other)]
    renamed, refused = await two.at_once(changes[0], changes[1])
    assert renamed.name == "New"
    assert isinstance(refused, Problem) and refused.status == 409


def _somebody_waits(session: Session) -> bool:
    return bool(session.connection().execute(WAITING).scalar_one())


def _as_stored(session: Session, connector_id: str) -> tuple[Connector, dict[str, str]]:
    states = {pull.id: pull.state for pull in session.exec(select(Pull))}
    return session.exec(select(Connector).where(col(Connector.id) == connector_id)).one(), states
