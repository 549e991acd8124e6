"""Scaling out: leads that wait in six partitions, taken by one worker of analytics_svc and by two, on real servers.

The workers are started, have proven on a few leads that each has its partitions, and are stopped in their tracks
(SIGSTOP) while the leads are published; the clock runs from their release to the last score.
"""

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx
import psycopg

from bench.consuming import lead
from bench.machine import cpu_of
from bench.report import Bar, Finding, ratio
from bench.rounds import Size, interleaved
from shared.bus import open_bus
from shared.clock import utc_now
from shared.events.wire import encode
from tests.e2e.system import Process, _environment, scaled_secrets
from tests.real.kafka import fresh_broker
from tests.real.ports import free_ports
from tests.real.postgres import fresh_service_databases, running

ABOUT = """\
Kafka and PostgreSQL on the same machine. Rate: from the release of the workers to the last score. Processor time: of
the workers, until their facts are published too."""
WHY_RATE = """\
Broker, database and both workers share the cores of one machine: what one worker leaves idle is all that a second can
add, and others had their part of it."""
WHY_CPU = "Two workers take smaller batches each, so the fixed costs of a batch are shared by fewer facts."
WAIT_SECONDS = 120.0


@dataclass(frozen=True)
class Place:
    """The servers, and how a worker is told of them."""

    settings: dict[str, str]
    folder: Path

    @property
    def database(self) -> str:
        return self.settings["DATABASE_URL"].replace("{service}", "analytics")


def measure(size: Size) -> list[Finding]:
    finding = Finding("One worker and two, Kafka and PostgreSQL", ABOUT, ["", "facts/s", "CPU µs/fact"])
    with _servers() as place:
        variants = {f"{count} worker{'s' * (count > 1)}": partial(_sample, place, count, size) for count in (1, 2)}
        samples = interleaved(variants, size.few, finding.spans)
    one, two = samples.values()
    for name, found in samples.items():
        rate, cpu = (median(values) for values in zip(*found, strict=True))
        finding.rows.append([name, f"{rate:,.0f}", f"{cpu:,.0f}"])
    rates = ratio([rate for rate, _ in two], [rate for rate, _ in one])
    costs = ratio([cpu for _, cpu in two], [cpu for _, cpu in one])
    finding.bars = [
        Bar("rate of two workers / one", rates, 1.6, why=WHY_RATE),
        Bar("processor time per fact, two workers / one", costs, 1.15, at_least=False, why=WHY_CPU),
    ]
    return [finding]


def _sample(place: Place, workers: int, size: Size) -> tuple[float, float]:
    """Facts per second, and microseconds of the workers' processor time for each."""
    with _working(place, workers) as pids:
        before, leads = _scored(place), size.events * 2
        _signal(pids, signal.SIGSTOP)
        _publish(place, leads)
        cpu, began = cpu_of(pids), time.perf_counter()
        _signal(pids, signal.SIGCONT)
        _until(lambda: _scored(place) >= before + leads)
        seconds = time.perf_counter() - began
        _until(lambda: _count(place, "outbox") == 0)
        return leads / seconds, (cpu_of(pids) - cpu) / leads * 1e6


@contextmanager
def _servers() -> Iterator[Place]:
    broker = fresh_broker()
    with ExitStack() as closing:
        closing.callback(shutil.rmtree, broker.folder, ignore_errors=True)
        closing.callback(broker.stop)
        broker.start()
        server = closing.enter_context(running())
        folder = Path(closing.enter_context(TemporaryDirectory(prefix="rainmaker-bench-")))
        url = fresh_service_databases(server)
        settings = scaled_secrets() | {"DATABASE_URL": url, "BUS_URL": broker.url, "RAINMAKER_DATA": str(folder)}
        place = Place(_environment(settings), folder)
        for step in ("migrate", "topics"):
            prepared = Process(_program(step), place.settings, folder / f"{step}.log")
            prepared.start()
            assert prepared.running is not None
            if prepared.running.wait(60):
                raise SystemExit(f"bench: {step} failed: {prepared.log.read_text()[-1000:]}")
        yield place


def _program(*words: str) -> list[str]:
    return [sys.executable, "-m", "services.analytics_svc", *words]


@contextmanager
def _working(place: Place, count: int) -> Iterator[list[int]]:
    """So many workers, each with partitions of its own."""
    first = free_ports(count)
    workers = {port: _worker(place, port) for port in range(first, first + count)}
    try:
        for worker in workers.values():
            worker.start()
        for worker in workers.values():
            worker.wait_ready()
        _until(lambda: _each_has_handled(place, list(workers)), pause=0.5)
        _settle(place)
        yield [worker.running.pid for worker in workers.values() if worker.running]
    finally:
        for worker in workers.values():
            if worker.alive:
                worker.kill(signal.SIGTERM)


def _worker(place: Place, port: int) -> Process:
    log = place.folder / f"worker-{port}.log"
    return Process(_program("worker", "--port", str(port)), place.settings, log, f"http://127.0.0.1:{port}/livez")


def _each_has_handled(place: Place, ports: list[int]) -> bool:
    _publish(place, 60)
    return all(_handled(port) for port in ports)


def _handled(port: int) -> bool:
    metrics = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    counted = [line for line in metrics.splitlines() if line.startswith("rainmaker_events_handled_total")]
    return any(float(line.split()[-1]) > 0 and 'outcome="done"' in line for line in counted)


def _settle(place: Place) -> None:
    """Until nothing moves any more."""
    seen = -1
    while seen != (seen := _scored(place)) or _count(place, "outbox"):
        time.sleep(0.5)


def _publish(place: Place, count: int) -> None:
    messages = [encode(lead(number), recorded_at=utc_now()) for number in range(count)]

    async def publish() -> None:
        bus = open_bus(place.settings["BUS_URL"])
        try:
            for start in range(0, count, 1_000):
                await bus.publish(messages[start : start + 1_000])
        finally:
            await bus.close()

    asyncio.run(publish())


def _scored(place: Place) -> int:
    return _count(place, "scored_observations")


def _count(place: Place, table: str) -> int:
    with psycopg.connect(place.database) as connection:
        [(count,)] = connection.execute(f"SELECT count(*) FROM {table}").fetchall()  # noqa: S608  # our own names
        return int(count)


def _signal(pids: list[int], what: signal.Signals) -> None:
    for pid in pids:
        os.kill(pid, what)


def _until(met: Callable[[], object], pause: float = 0.1) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not met():
        if time.monotonic() > deadline:
            raise SystemExit(f"bench: the workers did not end within {WAIT_SECONDS:.0f} s")
        time.sleep(pause)
