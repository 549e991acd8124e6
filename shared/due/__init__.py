"""Due work: what is to be done at a time, outside transactions. One mechanism for dispatch, retries and timers.

A row is *claimed* under a lease, *acted* upon outside any transaction, and *settled* in one. What may not happen
twice is marked *begun* right before the irreversible call: begun and never settled means that nobody can know, so it
is settled as unknown and never acted upon again.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Any, Protocol, TypeVar

from shared.backoff import backoff
from shared.database import Database, Tx
from shared.due import rows as due_rows
from shared.due.rows import Work
from shared.principal import Principal
from shared.telemetry import metrics
from shared.telemetry.logs import described, log
from shared.telemetry.tracing import span
from shared.trouble import may_pass

__all__ = ["Due", "Effect", "LeaseLost", "Outcome", "Result", "Work"]

T = TypeVar("T")

BATCH = 100
SLOTS = 4
"""Batches of one task that may be under way at once, so that a slow receiver leaves room for others."""
LEASE = timedelta(seconds=60)
ACT_SECONDS = 45.0
SHORTEST_WAIT = {"sqlite": 0.05, "postgresql": 0.005}
LONGEST_WAIT = {"sqlite": 1.0, "postgresql": 0.05}
"""Seconds between looks for work whose time has come, or that another process planned: they double. What a commit of
the same process plans wakes the loop.
"""


class Outcome(StrEnum):
    DONE = "done"
    RETRY = "retry"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Result:
    """`detail` is for a person to read and holds nothing that identifies; `facts` is for the effect's own `settle`.

    `progressed`, of a RETRY: part of it is done, so the time after which it is given up begins anew.
    """

    outcome: Outcome
    detail: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    again_at: datetime | None = None
    progressed: bool = False


class LeaseLost(Exception):
    """Somebody else has this work now (this process was frozen, or its clock jumped): leave it alone."""


Begin = Callable[[Work], Awaitable[None]]


class Effect(Protocol):
    """What is done about one task. `repeatable`: doing it twice is harmless, so a crash means again, not unknown.
    `give_up_after` counts from when it was first due, or last got on.
    """

    task: str
    repeatable: bool
    give_up_after: timedelta

    async def act(self, works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
        """Act, within 45 s, and say what came of it by `Work.id`; what is missing is tried again.

        `await begin(work)` right before the call that cannot be taken back: it returns when the mark is durable, and
        raises `LeaseLost` if the work is no longer ours.
        """

    def settle(self, tx: Tx, work: Work, result: Result) -> None:
        """Record what came of it, in the transaction that ends the work. Not called for RETRY."""

    async def close(self) -> None:
        """Give back what is held open, such as connections; called when the worker ends."""


class Due:
    """One process's share of a service's due work; any number of processes may run."""

    def __init__(self, db: Database, effects: Sequence[Effect]) -> None:
        self.db, self.effects = db, {effect.task: effect for effect in effects}
        self.by = Principal.service(db.service)
        self._under_way: dict[asyncio.Task[Any], str] = {}

    async def run(self) -> None:
        """Until cancelled; what is under way then is waited for, so that a stop leaves nothing unclear."""
        if not self.effects:
            await asyncio.Event().wait()
        try:
            await self._look_for_work()
        except asyncio.CancelledError:  # after any other end it is started again, with the same effects
            for effect in self.effects.values():
                await effect.close()
            raise

    async def do_some(self) -> int:
        """Claim what is due and start acting upon it; how many rows that were."""
        tasks = self._tasks_with_room()
        if not tasks or not await self.db.read(due_rows.anything_due, tasks, self.db.clock()):
            return 0
        # Who is told to stop in between does what was claimed: it would lie there until the lease is over.
        return await asyncio.shield(self._start(self._claim(tasks), "claim"))

    async def finished(self) -> None:
        """Wait for what is under way."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _claim(self, tasks: Sequence[str]) -> int:
        works = await self.db.write(due_rows.claim, tasks, BATCH, LEASE, by=self.by, lane="due")
        for task in {work.task for work in works}:
            self._start(self._serve(self.effects[task], [work for work in works if work.task == task]), task)
        return len(works)

    def _start(self, doing: Coroutine[Any, Any, T], task: str) -> "asyncio.Task[T]":
        running = asyncio.create_task(doing, name=f"due-{task}")
        self._under_way[running] = task
        running.add_done_callback(self._ended)
        return running

    async def _look_for_work(self) -> None:
        shortest, longest = SHORTEST_WAIT[self.db.dialect], LONGEST_WAIT[self.db.dialect]
        wait, failed = shortest, 0
        try:
            while True:
                try:
                    found, failed = await self.do_some(), 0
                except Exception as error:
                    failed = await self._waited_out(error, failed)
                    continue
                wait = shortest if found else min(wait * 2, longest)
                if found < BATCH:
                    await self.db.work_planned.wait(wait)
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(ACT_SECONDS):
                    await self.finished()

    async def _waited_out(self, error: Exception, failed: int) -> int:
        """A database that is away for a look ends nothing: what is under way goes on, and others come beside it."""
        if not may_pass(error):
            raise error
        log().warning("due work waits", service=self.db.service, error=described(error))
        await asyncio.sleep(backoff(failed, first=0.05, longest=2.0))
        return failed + 1

    def _tasks_with_room(self) -> list[str]:
        busy = Counter(self._under_way.values())
        return [task for task in self.effects if busy[task] < SLOTS]

    def _ended(self, running: "asyncio.Task[Any]") -> None:
        task = self._under_way.pop(running, None)
        if Counter(self._under_way.values())[task or ""] == SLOTS - 1:
            self.db.work_planned.set()  # there is room again for what had to wait
        if not running.cancelled() and (error := running.exception()):
            log().error("due work failed", service=self.db.service, error=described(error))

    async def _serve(self, effect: Effect, works: Sequence[Work]) -> None:
        unclear = [] if effect.repeatable else [work for work in works if work.begun_at]
        ended = Result(Outcome.UNKNOWN, "It was begun, and its process ended before the outcome.")
        await self._each(self._settle(effect, work, ended) for work in unclear)
        clear = [work for work in works if work not in unclear]
        with span(f"due {effect.task}", links=[work.traceparent for work in clear if work.traceparent]):
            results, begun = await self._act(effect, clear)
        await self._each(self._conclude(effect, work, results.get(work.id), work.id in begun) for work in clear)

    async def _each(self, endings: Iterable[Coroutine[Any, Any, None]]) -> None:
        """One that fails leaves the others alone; its row comes back when the lease is over."""
        for failure in await asyncio.gather(*endings, return_exceptions=True):
            if isinstance(failure, Exception):
                log().error("due work failed", service=self.db.service, error=described(failure))

    async def _act(self, effect: Effect, works: Sequence[Work]) -> tuple[Mapping[str, Result], set[str]]:
        begun: set[str] = set()

        async def begin(work: Work) -> None:
            if not await self.db.write(due_rows.begin, work, by=self.by, lane="due"):
                raise LeaseLost(work.id)
            begun.add(work.id)

        if not works:
            return {}, begun
        try:
            async with asyncio.timeout(ACT_SECONDS):
                return await effect.act(works, begin), begun
        except Exception as error:
            log().warning("due work failed", service=self.db.service, task=effect.task, error=described(error))
            return {}, begun

    async def _conclude(self, effect: Effect, work: Work, result: Result | None, begun: bool) -> None:
        if result is None:
            unclear = begun and not effect.repeatable
            result = Result(Outcome.UNKNOWN, "Its outcome was not learnt.") if unclear else Result(Outcome.RETRY)
        since = self.db.clock() if result.progressed else work.first_due_at
        if result.outcome is Outcome.RETRY and self.db.clock() - since > effect.give_up_after:
            result = Result(Outcome.REFUSED, f"Given up after {work.attempt} tries. {result.detail}".strip())
        if result.outcome is Outcome.RETRY:
            pause = timedelta(seconds=backoff(work.attempt, first=0.5, longest=300.0))
            again_at = result.again_at or self.db.clock() + pause
            await self._insist(due_rows.put_back, work, again_at, since, result.detail)
            if again_at <= self.db.clock():
                self.db.work_planned.set()  # there is more to do at once, and the loop may be in a long wait
            self._count(effect, result)
        else:
            await self._settle(effect, work, result)

    async def _settle(self, effect: Effect, work: Work, result: Result) -> None:
        await self._insist(_settle, effect, work, result)
        self._count(effect, result)
        late = (self.db.clock() - work.first_due_at).total_seconds()
        metrics.due_late_seconds.labels(self.db.service, effect.task).observe(max(0.0, late))

    async def _insist(self, fn: Callable[..., object], *args: object) -> None:
        """Known here and nowhere else, it outlasts a database that is away; a row that others claim stays theirs."""
        for attempt in count():
            try:
                await self.db.write(fn, *args, by=self.by, lane="due")
                return
            except Exception as error:
                if not may_pass(error):
                    raise
                log().warning("due work waits to be settled", service=self.db.service, error=described(error))
                await asyncio.sleep(backoff(attempt, first=0.05, longest=2.0))

    def _count(self, effect: Effect, result: Result) -> None:
        metrics.due_total.labels(self.db.service, effect.task, result.outcome.value).inc()


def _settle(tx: Tx, effect: Effect, work: Work, result: Result) -> None:
    """The end of the row and what the effect records about it are one change; whoever comes second changes nothing."""
    if due_rows.end(tx, work, result.outcome.value, result.detail):
        effect.settle(tx, work, result)
