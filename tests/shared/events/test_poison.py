"""Poison of every kind, on both buses: each is set aside with its reason, and the facts beside it have their effect."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import Session

from shared.bus import Bus, Message, open_bus
from shared.database import Database
from shared.deadletters import Letter, list_letters
from shared.events.inbox import Inbox
from shared.events.outbox import take
from shared.ids import new_id
from tests.eventually import eventually
from tests.fixtures import MakeDatabase
from tests.real.kafka import Broker
from tests.shared.bus.conftest import CALM
from tests.shared.facts import BY, METADATA, BellHeard, BellRang, count_up, hang, rang, ring, rings


@dataclass(frozen=True)
class Poison:
    value: bytes = b'{"bell": "big"}'
    headers: Mapping[str, str | None] = field(default_factory=dict)
    """Beside those of a good fact; None: without it."""


KINDS = {
    "no JSON": Poison(b"{"),
    "no number": Poison(b'{"bell": NaN}'),
    "no object": Poison(b"[1]"),
    "nothing": Poison(b""),
    "no UTF-8": Poison(b'{"bell": "\xff\xfe"}'),
    "a NUL": Poison(b'{"bell": "a\x00"}'),
    "another schema": Poison(b'{"bell": {"of": "brass"}}'),
    "without a field": Poison(b"{}"),
    "nested deeply": Poison(b'{"bell": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
    "a huge number": Poison(b'{"bell": ' + b"9" * 500_000 + b"}"),
    "an unknown major version": Poison(headers={"ce_dataschema": "/schemas/bell.rang/9"}),
    "no time": Poison(headers={"ce_time": None}),
    "a time that is none": Poison(headers={"ce_time": "yesterday"}),
    "a sequence that is none": Poison(headers={"ce_sequence": "-1"}),
    "an id without end": Poison(headers={"ce_id": "x" * 10_000}),
    "not of this world": Poison(headers={"ce_specversion": "9.9"}),
}


@pytest.fixture(params=["sqlite", "kafka"])
def bus_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/bus.db"
    broker: Broker = request.getfixturevalue("kafka")
    return f"{broker.url}?{CALM}"


@pytest.fixture
async def bus(bus_url: str) -> AsyncIterator[Bus]:
    bus = open_bus(bus_url)
    await bus.create_topics({BellRang.TOPIC: 6, BellHeard.TOPIC: 6})
    yield bus
    await bus.close()


def poisoned(good: Message, kind: str) -> Message:
    poison = KINDS[kind]
    headers = good.headers | {"ce_id": new_id("evt")} | dict(poison.headers)
    given = {name: value for name, value in headers.items() if value is not None}
    return Message(good.topic, good.key, poison.value, given)


async def test_poison_of_every_kind_is_set_aside_and_stops_nobody(make_database: MakeDatabase, bus: Bus) -> None:
    db, mark = make_database(METADATA), new_id("bel")  # other tests ring bells on the same topic
    bells = [f"{mark}-{number}" for number in range(len(KINDS))]
    await db.write(hang, *bells, by=BY)
    await db.write(ring, *map(rang, bells), by=BY)
    _, facts = await db.read(take, 100)
    await bus.publish([one for good, kind in zip(facts, KINDS, strict=True) for one in (poisoned(good, kind), good)])
    inbox = Inbox(db, bus, group=mark, handlers={BellRang: [count_up]})
    async with bus.consume(mark, inbox.topics) as consumer:

        async def all_taken() -> bool:
            await inbox.take_some(consumer, wait=0.2)
            return len(await letters(db, mark)) >= len(KINDS)

        await eventually(all_taken, seconds=120)
    assert await db.read(numbers) == dict.fromkeys(bells, 1)
    found = {letter.message.key: letter for letter in await letters(db, mark)}
    for bell, kind in zip(bells, KINDS, strict=True):
        assert found[bell].message.value == KINDS[kind].value, kind
        assert found[bell].reason and "big" not in found[bell].reason, kind


async def letters(db: Database, mark: str) -> list[Letter]:
    return [one for one in await db.read(list_letters, 500) if one.message.key.startswith(mark)]


def numbers(session: Session) -> dict[str, int]:
    return {row.bell: row.number for row in session.execute(select(rings))}
