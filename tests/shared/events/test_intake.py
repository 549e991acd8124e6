"""What other systems ask for has its effect once, known by source and id; what cannot be had is kept sealed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select
from sqlmodel import Session

from shared.access.tokens import Tokens
from shared.bus import Message, open_bus
from shared.database import Tx
from shared.database.tables import KERNEL
from shared.deadletters import Letter, list_letters
from shared.deadletters.sealed import LetterBox
from shared.events import Event
from shared.events.intake import Enter, Intake, Intakes, Refused, Submitted
from shared.problems import Problem, unavailable
from shared.runtime import Runtime
from shared.settings import Settings
from shared.vault.sealing import Tampered
from tests.fixtures import MakeDatabase
from tests.shared.facts import BY, METADATA, hang, rings

CRACKED = {"poison"}
MASTER = "00112233445566778899aabbccddeeff" * 2
HEADERS = {"ce_specversion": "1.0", "ce_type": "ring.asked", "ce_source": "/tower", "content-type": "application/json"}
STRUCTURED = {"content-type": "application/cloudevents+json; charset=UTF-8"}


class RingAsked(Event, type="ring.asked", topic="inbound-rings", key="bell"):
    """Somebody else wants a bell to ring."""

    bell: str


class RingIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    bell: str


def asked(id: str, bell: str = "big", **headers: str) -> Message:
    return Message("inbound-rings", "", orjson.dumps({"bell": bell}), HEADERS | {"ce_id": id} | headers)


def structured(id: str, bell: str, source: str = "/tower") -> Message:
    event = {"specversion": "1.0", "type": "ring.asked", "source": source, "id": id, "data": {"bell": bell}}
    return Message("inbound-rings", "", orjson.dumps(event), STRUCTURED)


async def take_rings(runtime: Runtime, submitted: Sequence[Submitted], enter: Enter) -> None:
    await runtime.db.write(ring_once, [one.data.bell for one in submitted], enter, by=BY)


def ring_once(tx: Tx, bells: Sequence[str], enter: Enter) -> None:
    enter(tx)
    for bell in bells:
        if bell in CRACKED:
            raise ValueError("cracked")
        if bell == "forbidden":
            raise Refused("not this one")
        tx.session.execute(rings.update().where(rings.c.bell == bell).values(number=rings.c.number + 1))


@pytest.fixture
async def runtime(make_database: MakeDatabase, tmp_path: Path) -> AsyncIterator[Runtime]:
    db, bus = make_database(METADATA), open_bus(f"sqlite:///{tmp_path}/bus.db")
    settings = Settings(data=tmp_path, master_key=MASTER)
    offered = [Intake(RingAsked, RingIn, take_rings)]
    await db.write(hang, "big", "small", "poison", by=BY)
    yield Runtime("test", settings, db, bus, Tokens(Ed25519PrivateKey.generate()), offered=offered)
    await bus.close()


async def take_all(runtime: Runtime, *messages: Message) -> None:
    await runtime.bus.publish(messages)
    reader = runtime.intakes
    async with runtime.bus.consume(reader.group, reader.topics) as consumer:
        while not reader.stopped_because and await reader.take_some(consumer, wait=0.1):
            pass


def numbers(session: Session) -> dict[str, int]:
    return {row.bell: row.number for row in session.execute(select(rings)) if row.number}


async def rung(runtime: Runtime) -> dict[str, int]:
    return await runtime.db.read(numbers)


async def letters(runtime: Runtime) -> list[Letter]:
    return await runtime.db.read(list_letters)


def opened(letter: Letter) -> Message:
    return LetterBox(bytes.fromhex(MASTER)).opened(letter)


async def test_it_has_its_effect_once_in_either_mode_however_often_it_comes(runtime: Runtime) -> None:
    messages = [asked("1"), asked("2", "small"), structured("3", "big"), asked("1"), structured("1", "big")]
    await take_all(runtime, *messages)
    await take_all(runtime, *messages)
    assert await rung(runtime) == {"big": 2, "small": 1}


async def test_the_same_id_from_two_sources_is_two_things(runtime: Runtime) -> None:
    await take_all(runtime, asked("1"), asked("1", ce_source="/other"), structured("1", "big", "urn:third"))
    assert await rung(runtime) == {"big": 3}


async def test_two_readers_that_meet_the_same_message_ring_once(runtime: Runtime) -> None:
    """As after a rebalance: both look, both find it new, one of them is told otherwise by its transaction."""
    both = [Intakes(runtime, runtime.offered) for _ in range(2)]
    waiting = asyncio.Barrier(2)

    async def meet(runtime: Runtime, submitted: Sequence[Submitted], enter: Enter) -> None:
        if len(submitted) == 2:
            await waiting.wait()
        await take_rings(runtime, submitted, enter)

    for reader in both:
        reader._offered = {("inbound-rings", "ring.asked"): Intake(RingAsked, RingIn, meet)}
    entries = [both[0]._submitted(asked(id)) for id in ("1", "2")]
    done = await asyncio.gather(*(reader._effect(entries) for reader in both))
    assert sorted(map(len, done)) == [0, 2] and await rung(runtime) == {"big": 2}


BROKEN: dict[str, tuple[Message, str]] = {
    "no envelope": (Message("inbound-rings", "", b'{"bell": "canary"}'), "needs the attribute specversion"),
    "a tombstone": (Message("inbound-rings", "canary", b""), "needs the attribute specversion"),
    "no data": (Message("inbound-rings", "", b"", HEADERS | {"ce_id": "canary"}), "must be a JSON object"),
    "broken JSON": (Message("inbound-rings", "", b'{"bell": canary', HEADERS | {"ce_id": "1"}), "must be JSON"),
    "a name in capitals": (asked("canary", ce_Type="x"), "lower-case"),
    "another type": (asked("canary", ce_type="ring.aksed"), "one that this topic takes: ring.asked"),
    "a newer version": (asked("1", ce_dataschema="https://x.example/schemas/ring.asked/2"), "is not read here; send 1"),
    "an unknown field": (
        Message("inbound-rings", "", b'{"bell": "a", "canary": 1}', HEADERS | {"ce_id": "1"}),
        "an unknown field: This field is not known here.",
    ),
    "a wrong field": (
        Message("inbound-rings", "", b'{"bell": ["canary"]}', HEADERS | {"ce_id": "1"}),
        "bell: Input should be a valid string.",
    ),
    "an id without end": (asked("canary" * 200), "at most 1000 characters"),
}


@pytest.mark.parametrize("kind", BROKEN)
async def test_what_cannot_be_read_is_kept_sealed_with_the_reason_and_the_next_is_handled(
    runtime: Runtime, kind: str
) -> None:
    broken, reason = BROKEN[kind]
    await take_all(runtime, broken, asked("next"))
    assert await rung(runtime) == {"big": 1}
    (letter,) = await letters(runtime)
    assert reason in letter.reason and letter.tries == 1
    assert "canary" not in str(await runtime.db.read(stored)) and opened(letter) == broken


def stored(session: Session) -> list[dict[str, Any]]:
    return [dict(row) for row in session.execute(select(KERNEL.dead_letters)).mappings()]


async def test_a_schema_of_their_own_and_an_unknown_extension_are_no_fault(runtime: Runtime) -> None:
    await take_all(runtime, asked("1", ce_dataschema="https://crm.example/ring.json", ce_shard="7"))
    assert await rung(runtime) == {"big": 1} and await letters(runtime) == []


async def test_of_a_batch_only_the_poison_and_the_refused_are_set_aside(runtime: Runtime) -> None:
    await take_all(runtime, asked("1"), asked("2", "poison"), asked("3", "forbidden"), asked("4"))
    assert await rung(runtime) == {"big": 2}
    poison, forbidden = await letters(runtime)
    assert poison.reason.startswith("ValueError at ") and (poison.tries, poison.event_type) == (5, "ring.asked")
    assert (forbidden.reason, forbidden.tries) == ("not this one", 1)


async def test_a_dead_letter_is_taken_in_once_its_cause_is_mended(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await take_all(runtime, asked("1", "poison"))
    (letter,) = await letters(runtime)
    with pytest.raises(ValueError, match="cracked"):
        await runtime.replay(letter.id)

    monkeypatch.setattr(f"{__name__}.CRACKED", set())
    await runtime.replay(letter.id)
    await runtime.db.write(lambda tx: tx.session.execute(KERNEL.inbox.delete()).close(), by=BY)  # as after sixty days
    with pytest.raises(Problem, match="409 conflict: It was replayed already"):
        await runtime.replay(letter.id)
    assert await rung(runtime) == {"poison": 1} and await letters(runtime) == []


async def test_what_was_set_aside_may_be_sent_again_mended(runtime: Runtime) -> None:
    await take_all(runtime, asked("1", "poison"), asked("1"))
    assert await rung(runtime) == {"big": 1}
    (letter,) = await letters(runtime)
    await runtime.replay(letter.id)  # it is known by now: nothing is done again
    assert await rung(runtime) == {"big": 1} and await letters(runtime) == []


async def test_a_sealed_letter_opens_in_its_own_row_only(runtime: Runtime) -> None:
    await take_all(runtime, asked("1", "poison"), asked("2", "poison"))
    first, second = await letters(runtime)
    for wrong in (LetterBox(b"another master key").opened, lambda letter: opened(_moved(letter, second.where))):
        with pytest.raises(Tampered):
            wrong(first)


def _moved(letter: Letter, where: str) -> Letter:
    values = {name: getattr(letter, name) for name in Letter.__slots__}
    return Letter(**values | {"where": where})


async def test_trouble_of_a_peer_is_waited_out(runtime: Runtime) -> None:
    trouble = iter([unavailable("away"), OSError("cut"), TimeoutError()])

    async def sometimes(runtime: Runtime, submitted: Sequence[Submitted], enter: Enter) -> None:
        for error in trouble:
            raise error
        await take_rings(runtime, submitted, enter)

    runtime.offered = [Intake(RingAsked, RingIn, sometimes)]
    await take_all(runtime, asked("1"))
    assert await rung(runtime) == {"big": 1} and await letters(runtime) == []


async def test_a_sender_of_nonsense_stops_nobody_and_a_fault_of_ours_does(runtime: Runtime) -> None:
    await take_all(runtime, *(Message("inbound-rings", "", b"nonsense") for _ in range(150)), asked("1"))
    assert await rung(runtime) == {"big": 1} and runtime.stopped_because is None
    await take_all(runtime, *(asked(f"p{number}", "poison") for number in range(120)))
    assert "of the last 100" in (runtime.stopped_because or "")
