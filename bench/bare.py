"""What the inbox is compared with: a loop by hand around the driver. Decode, three statements, commit; nothing else.

It counts no metric, opens no span, waits out no trouble, sets no poison aside, keeps to no deadline.
"""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
import psycopg

from shared.bus import Record
from shared.events.cloudevents import decode
from shared.ids import new_id

INBOX = "INSERT INTO inbox (event_id, handled_at) VALUES (?, ?) ON CONFLICT DO NOTHING"
EFFECT = "INSERT INTO effects (observation_id, contact_id, source, country, seen_at) VALUES (?, ?, ?, ?, ?)"
OUTBOX = "INSERT INTO outbox (event_id, topic, key, headers, value, recorded_at) VALUES (?, ?, ?, ?, ?, ?)"

Read = Callable[[Record], tuple[str, dict[str, Any]]]
"""The id of the event in a record, and its data."""


def checked(record: Record) -> tuple[str, dict[str, Any]]:
    """As the inbox reads it: the envelope and each field are checked."""
    event = decode(record.message)
    return event.id, vars(event)


def unchecked(record: Record) -> tuple[str, dict[str, Any]]:
    """As JSON, whatever it holds."""
    return record.message.headers["ce_id"], orjson.loads(record.message.value)


class Loop:
    """One connection; `?` becomes what the driver calls a parameter."""

    def __init__(self, address: str, read: Read) -> None:
        self.read = read
        self.connection: Any
        if address.startswith("sqlite:///"):
            self.connection, self.mark = sqlite3.connect(address.removeprefix("sqlite:///")), "?"
            self.connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
        else:
            self.connection, self.mark = psycopg.connect(address), "%s"

    def take(self, records: Sequence[Record]) -> None:
        now = datetime.now(UTC).isoformat()
        found = [self.read(record) for record in records]
        cursor = self.connection.cursor()
        cursor.executemany(self._spelled(INBOX), [(event_id, now) for event_id, _ in found])
        if cursor.rowcount != len(found):
            raise SystemExit("bench: the bare loop met an event twice")
        cursor.executemany(self._spelled(EFFECT), [_effect(data, now) for _, data in found])
        cursor.executemany(self._spelled(OUTBOX), [_stated(event_id, data, now) for event_id, data in found])
        self.connection.commit()

    def close(self) -> None:
        self.connection.close()

    def _spelled(self, statement: str) -> str:
        return statement.replace("?", self.mark)


def _effect(data: dict[str, Any], now: str) -> tuple[Any, ...]:
    return data["observation_id"], data["contact_id"], data["source"], data["country"], now


def _stated(cause: str, data: dict[str, Any], now: str) -> tuple[Any, ...]:
    event_id, key = new_id("evt"), data["contact_id"]
    headers = {
        "ce_specversion": "1.0",
        "ce_type": "lead.seen",
        "ce_id": event_id,
        "ce_source": f"/bench/effects/{key}",
        "ce_time": now,
        "ce_cause": cause,
    }
    value = orjson.dumps({"contact_id": key, "observation_id": data["observation_id"]})
    return event_id, "bench-effects", key, orjson.dumps(headers).decode(), value, now
