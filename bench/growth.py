"""Whether a fact costs more where much is stored: the handlers of industries and channels, at 10,000 and at 1,000,000.

Both databases are given the same facts: half of them about what is new, half about what is stored. The second has had a
hundred times as many (`bench.stored`).
"""

import asyncio
import itertools
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import cast

from sqlmodel import Session

from bench.consuming import Prepared
from bench.report import Bar, Finding, ratio
from bench.rounds import Size, interleaved
from bench.stored import DAYS_APART, copied_id, multiply
from services.analytics_svc import channels, industries
from services.analytics_svc.tables import tables
from shared.bus import Bus, Record
from shared.clock import utc_now
from shared.contracts.campaign import AdMetricReported
from shared.contracts.customer import CompanyRecorded
from shared.database import Database
from shared.database.engines import database_url, make_engine
from shared.events import Event
from shared.events.inbox import Inbox
from shared.events.wire import encode
from shared.ids import new_id
from shared.money import Money
from tests.fixtures import create_tables

TIMES = 100
BATCH = 500
FIRST_DAY = date(2020, 1, 1)
NEW_DAY = date(2026, 1, 30)
WHEN = datetime(2026, 1, 31, 6, tzinfo=UTC)
LOOK_BACK = 4
"""Copies: the last week, which is what a connector pulls again if nobody says otherwise."""
ABOUT = """\
SQLite, batches of 500 through the inbox, half of them about what is new and half about what is stored: any company;
metrics of the last week, which is what a connector pulls again, and of any day, which is the worst that could come.
Processor time of the process, reading and writing the file included, for each fact."""
WHY = """\
A fact about something old touches pages of its own in each table that knows it, and the more is stored the fewer of
them are in the cache of 64 MB; indexes are a level deeper."""


@dataclass(frozen=True)
class Facts:
    """What is told. `newest`: only the last so many copies of what is stored are told of again; 0 is all of them."""

    told: str
    kind: type[Event]
    newest: int = 0


FACTS = (
    Facts("companies, any of them", CompanyRecorded),
    Facts("ad metrics, of the last week", AdMetricReported, LOOK_BACK),
    Facts("ad metrics, of any day", AdMetricReported),
)


@dataclass(frozen=True)
class Place:
    """One of the two databases. `take` is its inbox, `copies` how often each of the first facts is stored there."""

    take: Callable[[list[list[Record]]], None]
    copies: int


def measure(size: Size) -> list[Finding]:
    few, turns = size.stored // TIMES, itertools.count(2)  # each round states versions that are newer
    finding = Finding("A fact where little and where much is stored", ABOUT, ["", "CPU µs/fact", "facts/s"])
    with TemporaryDirectory(prefix="rainmaker-bench-") as name, asyncio.Runner() as runner:
        first = [*(company(number) for number in range(few)), *(metric(number) for number in range(few))]
        with (
            _filled(runner, Path(name) / "few.db", first, 1) as little,
            _filled(runner, Path(name) / "many.db", first, TIMES) as much,
        ):
            for facts in FACTS:
                known = [fact for fact in first if isinstance(fact, facts.kind)]
                places = {few: little, few * TIMES: much}
                finding.bars.append(_compared(finding, facts, known, places, turns, size))
    return [finding]


def _compared(
    finding: Finding,
    facts: Facts,
    known: Sequence[Event],
    places: dict[int, Place],
    turns: Iterator[int],
    size: Size,
) -> Bar:
    count = min(size.events // 4, len(known))
    variants = {
        f"{facts.told}, {stored:,} stored": partial(_cost, place, known, turns, count, facts.newest or place.copies)
        for stored, place in places.items()
    }
    for sample in variants.values():
        sample()  # statements are compiled and prepared when it counts
    samples = interleaved(variants, size.rounds, finding.spans)
    finding.rows += [_row(name, found) for name, found in samples.items()]
    little, much = ([cpu for cpu, _ in found] for found in samples.values())
    few, many = places
    claim = f"{facts.told}: cost at {many:,} stored / at {few:,}"
    return Bar(claim, ratio(much, little), 1.25, at_least=False, why=WHY)


def _cost(place: Place, known: Sequence[Event], turns: Iterator[int], facts: int, newest: int) -> tuple[float, float]:
    """Microseconds of processor time for each fact, and facts per second."""
    oldest = max(0, place.copies - newest)
    batches = _batches(_some(known, next(turns), facts, range(oldest, place.copies)))
    began, cpu = time.perf_counter(), time.process_time()
    place.take(batches)
    return (time.process_time() - cpu) / facts * 1e6, facts / (time.perf_counter() - began)


def _some(known: Sequence[Event], turn: int, facts: int, copies: range) -> list[Event]:
    """Half of them new, half revisions of what is stored."""
    chance = random.Random(turn)
    make = company if isinstance(known[0], CompanyRecorded) else metric
    new = [make(number, day=NEW_DAY + timedelta(turn)) for number in range(facts // 2)]
    old = chance.sample(known, facts - len(new))
    found = [*new, *(_revised(fact, turn, chance.choice(copies)) for fact in old)]
    chance.shuffle(found)
    return found


def _revised(fact: Event, turn: int, copy: int) -> Event:
    """Copy `copy` of it, with other figures."""
    changed: dict[str, object] = {"id": new_id("evt"), "sequence": turn}
    if isinstance(fact, CompanyRecorded):
        changed |= {"company_id": copied_id(fact.company_id, copy), "revenue": Money(turn, 0, "USD")}
    elif isinstance(fact, AdMetricReported):
        day = fact.day + timedelta(days=copy * DAYS_APART)
        changed |= {"metric_id": copied_id(fact.metric_id, copy), "day": day, "clicks": turn}
    return fact.model_copy(update=changed)


def company(number: int, day: date = FIRST_DAY) -> CompanyRecorded:
    return CompanyRecorded(
        company_id=new_id("com"),
        sequence=1,
        occurred_at=WHEN,
        created=True,
        industry=f"Industry {number % 27}",
        country="DE",
        revenue=Money(number, 0, "USD"),
        profit=Money(number // 10, 500_000_000, "USD"),
        missing=["assets"] if number % 50 == 0 else [],
    )


def metric(number: int, day: date = FIRST_DAY) -> AdMetricReported:
    """Ten ads in fifty campaigns, broken down ten ways, on two days; ids are hashes, so they are in no order."""
    campaign, cell = f"c{number % 50}", number // 50
    channel = ("search", "social", "video")[number % 3]
    return AdMetricReported(
        metric_id=f"met_{random.getrandbits(128):026x}"[:30],
        series=f"{channel}/{campaign}",
        sequence=1,
        occurred_at=WHEN,
        account="main",
        channel=channel,
        campaign=campaign,
        ad=f"ad-{cell // 10 % 10}",
        day=day + timedelta(days=cell // 100 % DAYS_APART),
        dimensions={"age": f"{cell % 5}0+", "gender": "FM"[cell // 5 % 2]},
        impressions=1_000 + number,
        clicks=number % 40,
        spend=Money(number % 300, 250_000_000, "EUR"),
        conversions={"lead": number % 3},
        as_of=WHEN,
    )


@contextmanager
def _filled(runner: asyncio.Runner, path: Path, first: Sequence[Event], copies: int) -> Iterator[Place]:
    """A database that took these facts in by its inbox, and their copies by SQL."""
    address = f"sqlite:///{path}"
    create_tables(address, tables.metadata)
    db = Database(address, service="bench")
    handlers = {event: [handler] for room in (industries, channels) for event, handler in room.HANDLERS.items()}
    inbox = Inbox(db, cast(Bus, None), group="bench", handlers=handlers)

    async def take(batches: list[list[Record]]) -> None:
        prepared = Prepared(iter(batches))
        while await inbox.take_some(prepared):
            pass

    runner.run(take(_batches(first)))
    _multiply(address, copies)
    yield Place(lambda batches: runner.run(take(batches)), copies)
    runner.run(db.close())


def _multiply(address: str, times: int) -> None:
    engine = make_engine(database_url(address), pool_size=1)
    with Session(engine) as session:
        multiply(session, times)
        session.commit()
    engine.dispose()


def _batches(facts: Sequence[Event]) -> list[list[Record]]:
    records = [Record(encode(fact, recorded_at=utc_now()), 0, number) for number, fact in enumerate(facts)]
    return [records[start : start + BATCH] for start in range(0, len(records), BATCH)]


def _row(name: str, samples: Sequence[tuple[float, float]]) -> list[str]:
    return [name, f"{median(cpu for cpu, _ in samples):,.0f}", f"{median(rate for _, rate in samples):,.0f}"]
