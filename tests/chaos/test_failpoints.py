"""A process dies right before and right after each commit, send and mark: each is reached, and nothing shows of it."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import httpx

from tests.campaign_svc.webhooks.receiver import told
from tests.campaign_svc.webhooks.test_journey import JOURNEY
from tests.chaos import oracle
from tests.chaos.calls import Request
from tests.chaos.failpoints.points import KAFKA, POINTS, WEBHOOKS, both_sides
from tests.chaos.ledger import Book
from tests.chaos.load import send_all
from tests.chaos.people import BY_GRADE, Person, Row
from tests.chaos.plan import Size
from tests.chaos.run import judged
from tests.chaos.shown import pages
from tests.chaos.stacks import GROUP_OPTIONS, SENDS_AT_ONCE, Stack, embedded
from tests.eventually import eventually, until
from tests.faults.size import sized
from tests.real.kafka import Broker

SIZE = Size(leads=1_500, metrics=100, companies=0, kills=0)
SEED, CALLS = 3, 6
PATIENCE = 2.0
POINTS_NOW = sized(
    quick=[one for place, one in enumerate(both_sides(POINTS)) if place % 4 in (0, 3)], full=both_sides(POINTS)
)
"""One side of each, in turn, where there is little time."""


@dataclass(frozen=True)
class Mortal:
    """A system that dies at these points, one after the other."""

    stack: Stack
    points: Sequence[str]
    hit: Path

    async def dies_at_all(self, feed: Callable[[], Awaitable[None]]) -> None:
        while len(before := self.hits()) < len(self.points):
            await feed()
            with suppress(AssertionError):  # then it takes some more to get there
                await until(lambda: len(self.hits()) > len(before), seconds=PATIENCE)
        assert self.hits() == self.points

    def hits(self) -> list[str]:
        return self.hit.read_text().splitlines() if self.hit.exists() else []


@contextmanager
def mortal(folder: Path, points: Sequence[str], **settings: str) -> Iterator[Mortal]:
    hit = folder / "hit"
    armed = {"FAILPOINTS": ",".join(points), "FAILPOINTS_HIT": str(hit)}
    with embedded(folder, "tests.chaos.failpoints", **armed, **settings) as stack:
        yield Mortal(stack, points, hit)


async def test_whatever_it_dies_at_a_process_keeps_every_promise(tmp_path: Path) -> None:
    with mortal(tmp_path, POINTS_NOW) as system:
        await keeps_every_promise(system, tmp_path)


async def test_whatever_it_dies_at_on_kafka_a_process_keeps_every_promise(own_kafka: Broker, tmp_path: Path) -> None:
    with mortal(tmp_path, both_sides(KAFKA), BUS_URL=f"{own_kafka.url}?{GROUP_OPTIONS}") as system:
        await keeps_every_promise(system, tmp_path)


async def keeps_every_promise(system: Mortal, folder: Path) -> None:
    book, calls = Book(folder / "ledger.jsonl"), SIZE.calls(SEED)

    async def feed() -> None:
        assert calls, f"after all calls nobody had come to {system.points[len(system.hits())]}"
        await send_all(system.stack.system, calls[:CALLS], book)
        del calls[:CALLS]

    await system.dies_at_all(feed)
    await feed()
    wrong, found = await judged(system.stack, book.ledger())
    unknown = oracle.too_many_unknown(found, SENDS_AT_ONCE * len(system.points))
    assert (wrong, unknown) == ({}, []), json.dumps(wrong, indent=1)


async def test_whatever_it_dies_at_each_webhook_arrives_and_a_copy_of_it_has_the_same_id(tmp_path: Path) -> None:
    points, book, numbers = both_sides(WEBHOOKS), Book(tmp_path / "ledger.jsonl"), count()
    async with told() as receiver:
        with mortal(tmp_path, points) as system:
            await tells_the_crm(system.stack, receiver.url)
            await system.dies_at_all(lambda: send_all(system.stack.system, [hot_lead(next(numbers))], book))
            people = len(book.ledger().people())
            await eventually(lambda: all_sent(system.stack, people), seconds=120)
    bodies = {(message.id, message.body) for message in receiver.messages}
    copies = Counter(message.id for message in receiver.messages)
    assert len(bodies) == len(copies) == people == book.answered
    assert copies.total() - people <= len(points)


async def tells_the_crm(stack: Stack, url: str) -> None:
    async with stack.system.client("campaign") as client:
        (await client.post("/v1/webhooks", json={"name": "crm", "url": url})).raise_for_status()
        (await client.post("/v1/journeys", json=JOURNEY)).raise_for_status()


def hot_lead(number: int) -> Request:
    person = Person(f"p{number}", "A", False, f"p{number}@chaos.example")
    return Request(f"hot-{number}", (Row(person, {**BY_GRADE["A"], "email": person.address}),), False)


async def all_sent(stack: Stack, people: int) -> bool:
    """No while it is dead: it says where it dies right before it does."""
    try:
        async with stack.system.client("campaign") as client:
            told_of = [one for one in await pages(client, "/v1/actions") if one["kind"] == "webhook"]
    except httpx.TransportError:
        return False
    return len(told_of) == people and {one["state"] for one in told_of} == {"sent"}
