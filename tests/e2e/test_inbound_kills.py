"""Leads over Kafka, each sent twice, while the system is killed again and again: each is one observation."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import orjson

from shared.bus import Message, open_bus
from tests.e2e.system import System, local, running
from tests.eventually import eventually
from tests.real.kafka import Broker

LEADS, KEYS = 1_000, 50
HEADERS = {
    "ce_specversion": "1.0",
    "ce_type": "lead.submitted",
    "ce_source": "/kills",
    "content-type": "application/json",
}


def lead(number: int) -> Message:
    data = {"source": "crm", "external_id": str(number), "email": f"lead-{number}@mill.example"}
    return Message("inbound-leads", str(number % KEYS), orjson.dumps(data), HEADERS | {"ce_id": str(number)})


async def test_each_lead_is_taken_in_once_through_kills(own_kafka: Broker, tmp_path: Path) -> None:
    with running(
        local(tmp_path, BUS_URL=f"{own_kafka.url}?session_timeout_ms=2000&heartbeat_interval_ms=300")
    ) as system:
        bus = open_bus(f"{own_kafka.url}?publish_timeout_ms=90000&request_timeout_ms=30000")
        once = [lead(number) for number in range(LEADS)]
        await bus.publish(once)
        for share in (1, LEADS // 4, LEADS // 2):
            await eventually(lambda at_least=share: _at_least(system, at_least), seconds=180, pause=0.005)  # type: ignore[misc]
            await asyncio.to_thread(_kill_and_start, system)
        await bus.publish([*once, *(lead(LEADS + key) for key in range(KEYS))])
        await bus.close()
        # What has one key is read in the order it was sent: when the last of each key is there, so is all before it.
        await eventually(lambda: _at_least(system, LEADS + KEYS), seconds=240)
        assert _counted(system, "observations") == _counted(system, "contacts") == LEADS + KEYS
        assert _counted(system, "contacts WHERE observations <> 1") == _counted(system, "dead_letters") == 0


def _kill_and_start(system: System) -> None:
    system.kill_all()
    system.start()


async def _at_least(system: System, number: int) -> bool:
    return _counted(system, "contacts") >= number


def _counted(system: System, what: str) -> int:
    with closing(sqlite3.connect(f"file:{system.data}/customer.db?mode=ro", uri=True, timeout=60)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {what}").fetchone()[0])  # noqa: S608  # our own words
