"""The broker is away: requests are answered as before, and what they stated reaches everybody once it is back.

How much slower they are is said by `make faults`, in `bench/CHAOS.md`; no test asserts it.
"""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

import httpx

from bench.machine import Span, watched
from bench.report import Bar
from services.demo.careful import Careful
from tests.chaos import people
from tests.chaos.calls import Request
from tests.chaos.ledger import Book
from tests.chaos.page import finding, keep
from tests.chaos.run import judged
from tests.chaos.stacks import GROUP_OPTIONS, embedded
from tests.e2e.system import NO_TLS
from tests.faults.size import FULL, sized
from tests.real.kafka import Broker

SECONDS = sized(quick=4.0, full=300.0)
PAUSE = 0.05
STOOD_STILL = sized(quick=3, full=0)
"""So often a machine that stands still may refuse who asks one after the other; without a broker it would be always."""
SEED, LEADS = 11, sized(quick=2_000, full=60_000)


async def test_while_the_broker_is_away_each_request_is_answered_and_its_facts_arrive_afterwards(
    own_kafka: Broker, tmp_path: Path
) -> None:
    book, calls = Book(tmp_path / "ledger.jsonl"), iter(people.requests(SEED, LEADS))
    with watched() as span, embedded(tmp_path, BUS_URL=f"{own_kafka.url}?{GROUP_OPTIONS}") as stack:
        way = Careful(verify=NO_TLS)
        async with stack.system.client("customer", transport=way) as client:
            before = await answered(client, calls, book)
            own_kafka.kill()
            meanwhile = await answered(client, calls, book)
        assert way.told_to_come_again <= STOOD_STILL
        await asyncio.to_thread(own_kafka.start)
        wrong, _ = await judged(stack, book.ledger())
        assert wrong == {}
    if FULL:
        told(before, meanwhile, book, span)


async def answered(client: httpx.AsyncClient, calls: Iterator[Request], book: Book) -> list[float]:
    """One call after the other for a while, each answered at its first try; the seconds of each."""
    taken, until = [], time.monotonic() + SECONDS
    while time.monotonic() < until:
        request = next(calls)
        (path, body), began = request.call, time.monotonic()
        book.ask(request.key, request.rows)
        answer = await client.post(path, json=body, headers={"Idempotency-Key": request.key})
        taken.append(time.monotonic() - began)
        assert answer.status_code in (200, 201), answer.text
        book.promise(request, answer.json()["results"] if request.batch else [answer.json()])
        await asyncio.sleep(PAUSE)  # the pace of the load
    return taken


def told(before: list[float], meanwhile: list[float], book: Book, span: Span) -> None:
    slower = p99(meanwhile) / p99(before)
    facts = {
        "calls before, and meanwhile": f"{len(before):,}, {len(meanwhile):,}",
        "leads": f"{book.answered:,}, each with all that follows from it",
        "p99 before, and meanwhile": f"{p99(before) * 1000:.0f} ms, {p99(meanwhile) * 1000:.0f} ms",
    }
    about = f"{SECONDS:.0f} s with the broker, then as long without. Each call was answered at its first try."
    bar = Bar("p99 without the broker / with it", slower, 2.0, at_least=False, why="See the figures above.")
    keep(finding("The broker is away", about, facts, span, [bar]))


def p99(seconds: list[float]) -> float:
    return quantiles(seconds, n=100)[-1]
