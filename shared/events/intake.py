"""Intake: what other systems ask for over the bus has its effect once, known by the CloudEvents `source` and `id`.

A fact of ours is handled by a function of a transaction. What comes from outside may need more first, looking up and
sealing, and that stands before the transaction. So a room offers `INTAKES = [Intake(<contract>, <model>, take)]`;
`take(runtime, submitted, enter)` does what it must, and calls `enter(tx)` in its unit of work. What fails and what is
waited for is as for facts (`shared.events.reader`), except that a sender who sends nonsense stops nobody else, and that
dead letters are sealed.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
from pydantic import BaseModel, ValidationError
from sqlalchemy import select
from sqlmodel import Session

from shared.bus import Message, Record
from shared.database import Tx
from shared.database.sql import insert_new
from shared.database.tables import KERNEL
from shared.deadletters import mark_replayed, to_replay
from shared.deadletters.sealed import LetterBox
from shared.events import Event
from shared.events.cloudevents import DATASCHEMA, data_of, received
from shared.events.envelope import CloudEvent, Malformed
from shared.events.reader import Reader, Refused
from shared.pointers import refusal
from shared.types import is_ahead, rfc3339

if TYPE_CHECKING:
    from shared.runtime import Runtime

__all__ = ["Enter", "Intake", "Intakes", "Refused", "Submitted"]

MAX_ID = 1_000
SHOWN = 5
"""Field errors that a reason names."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """One thing that another system asked for, checked. `time` is when it was true, where the sender said so."""

    id: str
    TYPE: str
    TOPIC: str
    data: Any
    received: bytes
    time: datetime | None
    traceparent: str | None

    def when(self) -> datetime | None:
        """`time`, for what does not say itself when it was true. Raises `Refused` for a time that has not come."""
        if self.time is not None and is_ahead(self.time):
            raise Refused("the time of the envelope must not lie in the future")
        return self.time


Enter = Callable[[Tx], None]
"""Called once in the unit of work that has the effect of all that was submitted, before it takes other locks."""

Take = Callable[["Runtime", Sequence[Submitted], Enter], Awaitable[None]]
"""All of it in one unit of work, or an exception: `Refused` where the sender must mend something."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What a room takes from outside: the contract that is published, the model that decides, and who does it."""

    event: type[Event]
    model: type[BaseModel]
    take: Take


class _Entered(Exception):
    """Somebody else's transaction had the effect of one of them meanwhile."""


class Intakes(Reader[Submitted]):
    """One service's reader of the inbound topics, under the group `rainmaker-<service>-inbound`."""

    batch = 200
    foreign = True

    def __init__(self, runtime: "Runtime", offered: Sequence[Intake]) -> None:
        topics = {intake.event.TOPIC for intake in offered}
        super().__init__(runtime.db, runtime.bus, group=f"rainmaker-{runtime.name}-inbound", topics=topics)
        self._runtime, self._box = runtime, LetterBox(runtime.settings.master)
        self._offered = {(intake.event.TOPIC, intake.event.TYPE): intake for intake in offered}

    async def replay(self, letter_id: str) -> None:
        """Take a dead letter in now, and mark it replayed in the same transaction. Raises what it fails at."""
        letter = await self.db.read(to_replay, letter_id)
        entry = self._submitted(self._box.opened(letter))

        def mark(tx: Tx) -> None:
            mark_replayed(tx, letter.id)

        if not await self._entered([entry], mark):
            await self.db.write(mark, by=self.by, lane="inbox")

    def _decoded(self, record: Record) -> Submitted:
        return self._submitted(record.message)

    def _kept(self, record: Record, entry: Submitted | None) -> Record:
        return self._box.sealed(record, entry.id if entry else self._name_of(record.message))

    async def _effect(self, entries: Sequence[Submitted]) -> list[str]:
        done: list[str] = []
        for kind in dict.fromkeys(entry.TYPE for entry in entries):
            done += await self._entered([entry for entry in entries if kind == entry.TYPE])
        return done

    async def _entered(self, entries: Sequence[Submitted], besides: Enter | None = None) -> list[str]:
        """Look which are new, have those taken; once more where somebody else took one of them in between."""
        once: dict[str, Submitted] = {}
        for entry in entries:
            once.setdefault(entry.id, entry)
        intake = self._offered[entries[0].TOPIC, entries[0].TYPE]
        while once:
            for name in await self.db.read(_known, list(once)):
                del once[name]
            with suppress(_Entered):
                if once:
                    await intake.take(self._runtime, list(once.values()), _entering(list(once), besides))
                return list(once)
        return []

    def _submitted(self, message: Message) -> Submitted:
        event = received(message)
        intake, body = self._intake_for(message.topic, event), data_of(event)
        try:
            data = intake.model.model_validate(body)
        except ValidationError as error:
            raise Malformed(_sentence(error, body, intake.model)) from None
        time, trace = event.attributes.get("time"), event.attributes.get("traceparent")
        return Submitted(
            id=self._name(event),
            TYPE=intake.event.TYPE,
            TOPIC=message.topic,
            data=data,
            received=orjson.dumps(body),
            time=rfc3339(time) if time else None,
            traceparent=trace if isinstance(trace, str) else None,
        )

    def _intake_for(self, topic: str, event: CloudEvent) -> Intake:
        intake = self._offered.get((topic, event.attributes["type"]))
        if intake is None:
            taken = ", ".join(sorted(type_ for of, type_ in self._offered if of == topic))
            raise Malformed(f"the type must be one that this topic takes: {taken}")
        named = DATASCHEMA.fullmatch(event.attributes.get("dataschema", ""))
        if named and named[1] == intake.event.TYPE and int(named[2]) != intake.event.VERSION:
            raise Malformed(f"dataschema names a major version that is not read here; send {intake.event.VERSION}")
        if len(event.attributes["id"]) > MAX_ID or len(event.attributes["source"]) > MAX_ID:
            raise Malformed(f"id and source must have at most {MAX_ID} characters each")
        return intake

    def _name(self, event: CloudEvent) -> str:
        """A keyed hash: an id of theirs may be an address."""
        return self._runtime.fingerprint(orjson.dumps([event.attributes["source"], event.attributes["id"]]))

    def _name_of(self, message: Message) -> str:
        try:
            return self._name(received(message))
        except Malformed:
            return ""


def _known(session: Session, names: Sequence[str]) -> set[str]:
    ids = KERNEL.inbox.c.event_id
    return set(session.execute(select(ids).where(ids.in_(names))).scalars())


def _entering(names: Sequence[str], besides: Enter | None) -> Enter:
    def enter(tx: Tx) -> None:
        rows = [{"event_id": name, "handled_at": tx.now} for name in sorted(names)]
        if len(insert_new(tx.session, KERNEL.inbox, rows, returning="event_id")) < len(rows):
            raise _Entered
        if besides:
            besides(tx)

    return enter


def _sentence(error: ValidationError, body: Any, model: type[BaseModel]) -> str:
    """Which fields, and what was expected of them. A name that is not ours may be anything, so it is not repeated."""
    named = [f"{_place(one.pointer, model)}: {one.detail}" for one in refusal(error, body).errors[:SHOWN]]
    return "the data does not fit its schema: " + " ".join(named)


def _place(pointer: str, model: type[BaseModel]) -> str:
    first, *rest = pointer.strip("/").split("/")
    if first not in model.model_fields:
        return "an unknown field"
    return "/".join([first, *(part if part.isdecimal() else "..." for part in rest)])
