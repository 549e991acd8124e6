"""Every metric there is, moved by what it counts, as a scraper sees it."""

import asyncio
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.parser import text_string_to_metric_families

from shared.bus import Message, Record
from shared.clock import utc_now
from shared.database import Tx
from shared.deadletters import set_aside
from shared.due import Begin, Due, Outcome, Result, Work
from shared.events.wire import encode
from shared.problems import unavailable
from shared.runtime import Runtime
from shared.service import upkeep as upkeep_module
from shared.service.upkeep import Upkeep
from shared.service.worker import Loop
from shared.telemetry import metrics
from shared.web import Router
from tests.eventually import eventually
from tests.shared.belfry import belfry, runtime_of, settings_in, started
from tests.shared.facts import BY, rang

Samples = Mapping[str, float]


class Echo:
    """A room with due work and with a loop that ends."""

    router = Router()
    task = "test.echo"
    repeatable = True
    give_up_after = timedelta(hours=1)

    @classmethod
    def effects(cls, _: Runtime) -> list["Echo"]:
        return [cls()]

    @staticmethod
    def loops(_: Runtime) -> dict[str, Loop]:
        return {"cracked": _ends}

    async def act(self, works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
        return {work.id: Result(Outcome(work.payload["outcome"])) for work in works}

    def settle(self, tx: Tx, work: Work, result: Result) -> None:
        """Nothing to record."""

    async def close(self) -> None:
        """Nothing is held open."""


async def _ends() -> None:
    raise ValueError("cracked")


async def scraped(client: httpx.AsyncClient) -> Samples:
    """Each sample under the name and labels that Prometheus shows, without those that say which service."""
    families = text_string_to_metric_families((await client.get("/metrics")).text)
    return {_shown(sample.name, sample.labels): sample.value for one in families for sample in one.samples}


def _shown(name: str, labels: Mapping[str, str]) -> str:
    inner = ",".join(f"{key}={value}" for key, value in sorted(labels.items()) if key != "service")
    return f"{name}{{{inner}}}"


async def grown(client: httpx.AsyncClient, before: Samples, *names: str) -> None:
    """Wait until each of these is above what it was."""

    async def all_did() -> bool:
        now = await scraped(client)
        return all(now.get(name, 0.0) > before.get(name, 0.0) for name in names)

    await eventually(all_did)


EVENTS = "rainmaker_events_handled_total{{outcome={},topic=test-bells}}"
RING = "POST /v1/bells/{bell}/ring"

MOVED_BY_WORK = (
    f"rainmaker_requests_total{{outcome=ok,route={RING}}}",
    f"rainmaker_request_seconds_count{{route={RING}}}",
    "rainmaker_writes_total{outcome=done}",
    "rainmaker_write_seconds_count{}",
    "rainmaker_write_group_size_sum{}",
    "rainmaker_outbox_published_total{topic=test-bells}",
    "rainmaker_inbox_batch_size_sum{}",
    *map(EVENTS.format, ("done", "duplicate", "skipped", "dead")),
    "rainmaker_event_delay_seconds_count{topic=test-bells}",
    "rainmaker_due_late_seconds_count{task=test.echo}",
    "rainmaker_due_total{outcome=done,task=test.echo}",
    "rainmaker_due_total{outcome=retry,task=test.echo}",
    "rainmaker_worker_restarts_total{task=cracked}",
)
PLAIN = ("write_queue", "outbox_waiting", "outbox_oldest_seconds", "due_waiting", "dead_letters")
GAUGES = (
    *(f"rainmaker_{name}{{}}" for name in PLAIN),
    "rainmaker_due_overdue_seconds{task=test.echo}",
    "rainmaker_inbox_lag{topic=test-bells}",
    "rainmaker_check_ok{check=database}",
)


async def test_what_a_service_does_is_counted(tmp_path: Path) -> None:
    async with started(belfry(Echo), settings_in(tmp_path)) as client:
        before, runtime = await scraped(client), runtime_of(client)
        await client.put("/v1/bells/big")
        for bell in ("big", "poison"):
            assert (await client.post(f"/v1/bells/{bell}/ring")).status_code == 200
        await runtime.db.write(_plan, "done", "retry", by=BY)
        told = encode(rang("big", 2), recorded_at=utc_now())
        await runtime.bus.publish([told, told, _of_unknown_type(told)])
        await grown(client, before, *MOVED_BY_WORK)


async def test_what_waits_is_shown_as_it_is_now(tmp_path: Path) -> None:
    async with started(belfry(), settings_in(tmp_path), worker=False) as client:
        runtime, go_on = runtime_of(client), threading.Event()
        await client.post("/v1/bells/big/ring")
        await runtime.db.write(_plan, "done", by=BY)
        await runtime.db.write(_spoil, by=BY)
        await _told_and_not_read(runtime)
        writing = asyncio.create_task(runtime.db.write(lambda _: go_on.wait(50), by=BY))
        waiting = asyncio.create_task(runtime.db.write(_plan, "late", by=BY))
        await asyncio.sleep(0)
        shown = await scraped(client)
        go_on.set()
        await asyncio.gather(writing, waiting)
        assert {name for name in GAUGES if not shown[name] > 0} == set()
        assert shown["rainmaker_write_queue{}"] == 2
        assert (await scraped(client))["rainmaker_write_queue{}"] == 0


async def test_a_check_that_fails_is_shown_as_0(tmp_path: Path) -> None:
    async with started(belfry(), settings_in(tmp_path)) as client:
        assert (await scraped(client))["rainmaker_check_ok{check=worker}"] == 1
        runtime_of(client).inbox.stopped_because = "51 of the last 100 facts could not be handled."
        await eventually(lambda: _shown_as(client, "rainmaker_check_ok{check=worker}", 0))


async def test_what_no_longer_waits_is_shown_as_0(tmp_path: Path) -> None:
    async with started(belfry(Echo), settings_in(tmp_path), worker=False) as client:
        runtime = runtime_of(client)
        upkeep = Upkeep(runtime.db, runtime.bus)
        await runtime.db.write(_plan, "done", by=BY)
        await upkeep.count()
        assert (await scraped(client))["rainmaker_due_overdue_seconds{task=test.echo}"] > 0
        due = Due(runtime.db, [Echo()])
        await due.do_some()
        await due.finished()
        await upkeep.count()
        assert (await scraped(client))["rainmaker_due_overdue_seconds{task=test.echo}"] == 0


async def test_old_rows_go_although_what_waits_cannot_be_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept = asyncio.Event()

    async def failing(upkeep: Upkeep) -> None:
        raise unavailable("It did not end in time.", slug="deadline")

    async def sweep(upkeep: Upkeep) -> int:
        swept.set()
        return 0

    monkeypatch.setattr(upkeep_module, "SWEEP_SECONDS", 0.0)
    monkeypatch.setattr(Upkeep, "count", failing)
    monkeypatch.setattr(Upkeep, "sweep", sweep)
    async with started(belfry(), settings_in(tmp_path)):
        await asyncio.wait_for(swept.wait(), 90)


async def _shown_as(client: httpx.AsyncClient, name: str, value: float) -> bool:
    return (await scraped(client))[name] == value


async def _told_and_not_read(runtime: Runtime) -> None:
    """A fact on the bus, a reader that has joined and not read, and the gauges set in that moment."""
    await runtime.bus.publish([encode(rang("big", 9), recorded_at=utc_now())])
    async with runtime.bus.consume(runtime.inbox.group, runtime.inbox.topics) as consumer:
        runtime.inbox._consumer = consumer
        await Upkeep(runtime.db, runtime.bus, runtime.readers).count()


def test_no_metric_is_left_out_here() -> None:
    shown_here = {re.sub(r"(_total|_count|_sum)?{.*", "", name) for name in (*MOVED_BY_WORK, *GAUGES)}
    collectors = [one for one in vars(metrics).values() if isinstance(one, Counter | Gauge | Histogram)]
    assert {family.name for one in collectors for family in one.collect()} == shown_here


def _of_unknown_type(told: Message) -> Message:
    headers = {name: value for name, value in told.headers.items() if name != "ce_dataschema"}
    return replace(told, headers=headers | {"ce_id": "of-unknown-type", "ce_type": "who.knows"})


def _plan(tx: Tx, *outcomes: str) -> None:
    for outcome in outcomes:
        tx.later("test.echo", key=outcome, payload={"outcome": outcome})


def _spoil(tx: Tx) -> None:
    set_aside(tx, Record(Message("test-bells", "big", b"{"), 0, 0), None, "it is no JSON", tries=1)
