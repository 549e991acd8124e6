"""What a unit of work has in its hands: a session, the time, who asks, and a way to state facts and plan work."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Table
from sqlmodel import Session, SQLModel

from shared.bus import MOST_BYTES
from shared.database.sql import Row, table_of
from shared.events import Event
from shared.events.wire import Draft, encode, moment
from shared.ids import new_id
from shared.principal import Principal
from shared.problems import conflict


@dataclass
class Once:
    """The Idempotency-Key of one request. `fingerprint` is a keyed hash of its body, never the body.

    `replayed` is set by `write`: the answer is the stored one, and nothing was done again.
    """

    scope: str
    key: str
    fingerprint: str
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """Rows of which each must be new, in the order of `key`; `taken` is raised where one is not."""

    table: Table
    key: str
    taken: type[Exception]


@dataclass
class Tx:
    """All that a unit of work needs, and nothing global. What it collects is written at the end of its transaction."""

    session: Session
    now: datetime
    by: Principal
    traceparent: str | None = None
    added: list[tuple[Table, Sequence[Row]]] = field(default_factory=list)
    claimed: list[tuple[Claim, Sequence[Row]]] = field(default_factory=list)
    facts: list[dict[str, Any]] = field(default_factory=list)
    due: list[dict[str, Any]] = field(default_factory=list)
    counts: list[Callable[[], None]] = field(default_factory=list)

    def emit(self, event: Event, *, cause: Event | None = None) -> None:
        """State a fact. It leaves with the change, in the order of the aggregate's lock: take that lock before."""
        depth = cause.depth + 1 if cause else event.depth
        message = encode(
            event,
            cause=cause.id if cause else event.cause,
            depth=depth,
            traceparent=(cause or event).traceparent or self.traceparent,
            recorded_at=self.now,
        )
        headers = orjson.dumps(message.headers).decode()
        self._leave(event.id, message.topic, message.key, headers, message.value)

    def emit_all(self, facts: Iterable[Event | Draft]) -> None:
        """State them in this order. A draft becomes true now."""
        end = moment(self.now, self.traceparent)
        for fact in facts:
            if isinstance(fact, Draft):
                self._leave(fact.event_id, fact.topic, fact.key, fact.headers + end, fact.value)
            else:
                self.emit(fact)

    def add(self, model: type[SQLModel] | Table, rows: Sequence[Row]) -> None:
        """Rows that leave with the change, in one statement for all units that are committed together: all rows of a
        table have the same columns.

        For what no other unit looks for before the commit; whatever one may look for, `insert_all` inserts at once.
        """
        self.added.append((table_of(model), rows))

    def claim(self, model: type[SQLModel] | Table, rows: Sequence[Row], *, key: str, taken: type[Exception]) -> None:
        """The same for what only one can have: where it is somebody's, nothing is kept and `write` raises `taken`,
        after the unit has returned.
        """
        self.claimed.append((Claim(table_of(model), key, taken), rows))

    def count(self, counted: Callable[[], None]) -> None:
        """Called once the change is durable: for metrics, and nothing else, since a crash in between loses it."""
        self.counts.append(counted)

    def later(
        self,
        task: str,
        *,
        key: str,
        payload: Mapping[str, Any] | None = None,
        at: datetime | None = None,
        cause: Event | None = None,
    ) -> None:
        """Plan due work, outside transactions. A second plan for the same (task, key) changes nothing."""
        self.due.append(
            {
                "id": new_id("due"),
                "task": task,
                "key": key,
                "payload": dict(payload or {}),
                "due_at": at or self.now,
                "first_due_at": at or self.now,
                "attempt": 0,
                "traceparent": (cause.traceparent if cause else None) or self.traceparent,
                "cause": cause.id if cause else None,
                "depth": cause.depth + 1 if cause else 0,
            }
        )

    def _leave(self, event_id: str, topic: str, key: str, headers: str, value: bytes) -> None:
        """Into the outbox, at the end. What no bus would take must not stand there before all that follows it."""
        if len(value) > MOST_BYTES:
            raise conflict(
                f"With this, what would be stated has {len(value)} bytes; at most {MOST_BYTES} are possible."
            )
        self.facts.append(
            {
                "event_id": event_id,
                "topic": topic,
                "key": key,
                "headers": headers,
                "value": value,
                "recorded_at": self.now,
            }
        )
