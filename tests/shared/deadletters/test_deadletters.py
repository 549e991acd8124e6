"""Whatever the bus brings can be set aside: a record that could not be would hold up all behind it for ever."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.bus import Message, open_bus
from shared.database import Database
from shared.deadletters import Letter, list_letters
from shared.events.inbox import Inbox
from tests.fixtures import MakeDatabase
from tests.shared.facts import METADATA, BellRang, count_up

TOPIC = BellRang.TOPIC


@pytest.fixture
def db(make_database: MakeDatabase) -> Database:
    return make_database(METADATA)


@pytest.fixture
async def inbox(db: Database, tmp_path: Path) -> AsyncIterator[Inbox]:
    bus = open_bus(f"sqlite:///{tmp_path}/bus.db")
    yield Inbox(db, bus, group="tests", handlers={BellRang: [count_up]})
    await bus.close()


async def set_aside(inbox: Inbox, *messages: Message) -> list[Letter]:
    await inbox.bus.publish(messages)
    async with inbox.bus.consume(inbox.group, inbox.topics) as consumer:
        assert await inbox.take_some(consumer) == len(messages)
    return await inbox.db.read(list_letters)


@pytest.mark.parametrize(
    "message",
    [
        Message(TOPIC, "bi\0g", b"{"),
        Message(TOPIC, "big", b"{", {"ce_id": "4\0"}),
        Message(TOPIC, "big", b"{", {"ce_type": "bell\0rang"}),
        Message(TOPIC, "big", b"{", {"from": "\0"}),
        Message(TOPIC, "big", b"{", {"fr\0m": "tower"}),
    ],
    ids=["key", "id", "type", "header", "name of a header"],
)
async def test_a_record_with_a_nul_in_it_is_set_aside(inbox: Inbox, message: Message) -> None:
    (letter,) = await set_aside(inbox, message)
    kept = str([letter.message.key, letter.message.headers, letter.event_id, letter.event_type, letter.where])
    assert letter.message.value == b"{" and "\\x00" not in kept


@pytest.mark.parametrize("name", ["ce_id", "ce_type"])
async def test_a_record_with_an_endless_id_or_type_is_set_aside(inbox: Inbox, name: str) -> None:
    """As PostgreSQL sees it: what does not compress has no room in an index."""
    endless = "".join(chr(place) for place in range(0x4E00, 0x4E00 + 5_000))
    (letter,) = await set_aside(inbox, Message(TOPIC, "big", b"{", {name: endless}))
    assert letter.message.headers == {name: endless}
    assert endless.startswith(letter.event_id or letter.event_type or "?")


async def test_two_records_of_one_endless_id_are_two_letters(inbox: Inbox) -> None:
    message = Message(TOPIC, "big", b"{", {"ce_id": "4" * 300})
    assert len(await set_aside(inbox, message, message)) == 2
