"""From the arrival of a lead to the follow-up that is recorded, at half of what the system can do at most.

A whole system of real processes, and `bench.chain` at the same pace. For ours the bench looks at the table of actions
every few milliseconds, from outside: what it sees there is committed.
"""

import asyncio
import json
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psycopg

from bench import chain
from bench.report import Bar, Finding, ratio
from bench.rounds import Size, interleaved
from bench.servers import generated
from shared.bus import open_bus
from shared.ids import new_id
from tests.e2e.system import ROOT, System, local, running, scaled
from tests.real import kafka, postgres

LOOK_SECONDS = 0.004
WAIT_SECONDS = 90.0
SHARE = 0.5
"""Of its own maximum."""

ABOUT = """\
Each lead is a new person of grade B, for whom an e-mail is planned. Maximum: leads of 64 callers, until the last
action is recorded; then leads come at a steady {rate:.0f}/s, half of it, to ours and to the chain by hand
(`bench/chain.py`), which has no HTTP, no checks and no decisions."""
WHY = """\
A lead of ours is 11 write transactions, 5 publishes and 2 requests (score, decision, action, timeline, e-mail), that
of the chain is 3; all of them share one interpreter lock (embedded) or the cores of this machine (scaled), and a thread
that wants the lock may wait 5 ms for it. The maximum counts what happens until the action is recorded; at a steady pace
the e-mail and the timeline of those before are due as well. That is some 9 ms of processor time for each lead where
they come together and 14 where they come alone: at half the maximum one interpreter is busy nearly always, so leads
queue."""


@dataclass
class Watch:
    """When each contact's action was first seen."""

    look: Callable[[], Sequence[str]]
    seen: dict[str, float] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        while not self.over.wait(LOOK_SECONDS):
            found, now = self.look(), time.time()
            for contact_id in found:
                self.seen.setdefault(contact_id, now)

    def wait_for(self, contacts: Sequence[str]) -> None:
        self.wait_until(lambda: all(contact in self.seen for contact in contacts))

    def wait_until(self, met: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not met():
            if time.monotonic() > deadline:
                raise SystemExit(f"bench: follow-ups are missing after {WAIT_SECONDS:.0f} s; {len(self.seen)} came")
            time.sleep(0.02)


@dataclass(frozen=True)
class Times:
    """In milliseconds."""

    p50: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Times":
        ordered = sorted(seconds)
        return cls(ordered[len(ordered) // 2] * 1000, ordered[int(len(ordered) * 0.99)] * 1000)


def measure(size: Size, kinds: Sequence[str] = ("embedded", "scaled")) -> list[Finding]:
    found = []
    if "embedded" in kinds:
        found.append(_embedded(size))
    if "scaled" in kinds:
        found.append(_scaled(size))
    return found


def _embedded(size: Size) -> Finding:
    with TemporaryDirectory(prefix="rainmaker-bench-") as name:
        folder = Path(name)
        hand = folder / "chain"
        hand.mkdir()
        with (
            running(local(folder, RAINMAKER_LOG_FORMAT="json")) as system,
            _watching(_sqlite_actions(system.data / "campaign.db")) as watch,
        ):
            return _beside("embedded", 3, system, watch, partial(chain.embedded, hand), size)


def _scaled(size: Size) -> Finding:
    with (
        kafka.running() as broker,
        TemporaryDirectory(prefix="rainmaker-bench-") as name,
        postgres.running() as server,
    ):
        hand = [postgres.fresh_database(server) for _ in chain.TABLES]
        asyncio.run(_make_topics(broker.url))
        url = postgres.fresh_service_databases(server)
        mail = {"SMTP_URL": f"file://{name}/mailbox"}
        by_hand = partial(chain.scaled, hand, broker.bootstrap)
        with (
            running(scaled(Path(name), url, broker.url, workers=1, **mail)) as system,
            _watching(_postgres_actions(url.replace("{service}", "campaign"))) as watch,
        ):
            return _beside("Kafka and PostgreSQL", 1.5, system, watch, by_hand, size)


def _beside(
    where: str,
    limit: float,
    system: System,
    watch: Watch,
    by_hand: Callable[[], AbstractAsyncContextManager[chain.Chain]],
    size: Size,
) -> Finding:
    _most(system, watch, size)  # what is compiled or cached at first use is ready when it counts
    most = _most(system, watch, size)
    rate, count = most * SHARE, max(20, int(most * SHARE * size.seconds * 2))
    finding = Finding(f"Lead to follow-up, {where}", ABOUT.format(rate=rate), ["", "p50 ms", "p99 ms"])
    with _kept(by_hand) as run:
        variants: dict[str, Callable[[], Times]] = {
            "Rainmaker": partial(_ours, system, watch, rate, count),
            "chain by hand": lambda: Times.of(run(rate, count)),
        }
        samples = interleaved(variants, size.rounds, finding.spans)
    for name, found in samples.items():
        finding.rows.append([name, f"{_middle(found, 'p50'):.1f}", f"{_middle(found, 'p99'):.1f}"])
    ours, hand = samples.values()
    for what in ("p50", "p99"):
        measured = ratio([getattr(one, what) for one in ours], [getattr(one, what) for one in hand])
        finding.bars.append(Bar(f"{what}, ours / by hand, {where}", measured, limit, at_least=False, why=WHY))
    return finding


def _middle(samples: Sequence[Times], what: str) -> float:
    return float(median(getattr(one, what) for one in samples))


def _most(system: System, watch: Watch, size: Size) -> float:
    """Leads per second, from the first request to the last action recorded."""
    before, began = len(watch.seen), time.time()
    sent = int(generated(_port(system), "/v1/leads", seconds=size.seconds, token=system.token)["sent"])
    watch.wait_until(lambda: len(watch.seen) - before >= sent)
    return sent / (max(watch.seen.values()) - began)


def _ours(system: System, watch: Watch, rate: float, count: int) -> Times:
    command = [sys.executable, "-m", "bench.paced", str(_port(system)), "--token", system.token]
    command += ["--rate", str(rate), "--count", str(count)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)  # noqa: S603  # our own
    arrived: dict[str, float] = json.loads(done.stdout)
    watch.wait_for(list(arrived))
    return Times.of([watch.seen[contact] - sent for contact, sent in arrived.items()])


@contextmanager
def _kept(by_hand: Callable[[], AbstractAsyncContextManager[chain.Chain]]) -> Iterator[Callable[..., list[float]]]:
    """The chain, open for all rounds."""
    with asyncio.Runner() as runner:
        opened = by_hand()
        made = runner.run(opened.__aenter__())

        def run(rate: float, count: int) -> list[float]:
            return list(runner.run(made.run(rate, [new_id("con") for _ in range(count)])).values())

        run(20.0, 20)
        yield run
        runner.run(opened.__aexit__(None, None, None))


@contextmanager
def _watching(look: Callable[[], Sequence[str]]) -> Iterator[Watch]:
    watch = Watch(look)
    thread = threading.Thread(target=watch.run, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.over.set()
        thread.join()


def _sqlite_actions(path: Path) -> Callable[[], Sequence[str]]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)
    last = 0

    def look() -> Sequence[str]:
        nonlocal last
        found = connection.execute("SELECT rowid, contact_id FROM actions WHERE rowid > ?", (last,)).fetchall()
        last = max((place for place, _ in found), default=last)
        return [contact_id for _, contact_id in found]

    return look


def _postgres_actions(url: str) -> Callable[[], Sequence[str]]:
    """Commits are in no order of any column, so it looks at those planned within the last seconds again."""
    connection = psycopg.connect(url, autocommit=True)
    recent = "SELECT contact_id FROM actions WHERE planned_at > now() - interval '2 seconds'"

    def look() -> Sequence[str]:
        return [contact_id for (contact_id,) in connection.execute(recent)]

    return look


def _port(system: System) -> int:
    return int(system.urls["customer"].rpartition(":")[2])


async def _make_topics(url: str) -> None:
    bus = open_bus(url)
    try:
        await bus.create_topics(dict.fromkeys(chain.TOPICS, 6))
    finally:
        await bus.close()
