"""Units of work: `write` answers after the commit, `read` never writes. Facts leave with the change, or not at all."""

import asyncio
import itertools
import time
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlmodel import Session, select

from shared.clock import Clock, utc_now
from shared.database.engines import database_url, dialect_of, limit, make_engine
from shared.database.patience import USUAL_SECONDS
from shared.database.signal import Signal
from shared.database.tx import Once, Tx
from shared.database.unit import Unit, not_made
from shared.database.writer import Lane
from shared.principal import Principal
from shared.problems import Problem, unavailable
from shared.telemetry.tracing import traceparent
from shared.trouble import translated

__all__ = ["Database", "Once", "Tx"]

P = ParamSpec("P")
T = TypeVar("T")

OWN_LANES = frozenset({"inbox", "outbox", "due"})
"""Inbox, outbox, due work: never refused because others wait."""
READERS = 2


class Database:
    """One service's database. Units of work that wait together are committed together (see `writer`)."""

    def __init__(self, url: str, *, service: str, lanes: int = 3, queue: int = 2_000, clock: Clock = utc_now) -> None:
        self.url, self.service, self.clock, self.queue = database_url(url), service, clock, queue
        self.dialect = dialect_of(self.url)
        self.facts_left = Signal()
        self.work_planned = Signal()
        self._lane_count = 1 if self.dialect == "sqlite" else lanes
        self._lanes: dict[str, Lane] = {}
        self._turn = itertools.count()
        self.reading = 0  # only ever changed on the event loop
        self._closed = False

    async def start(self) -> None:
        """Fails at once, with the driver's words, when the database cannot be reached."""
        await self.ping()

    async def close(self) -> None:
        """What waits is still written; what comes now is refused."""
        self._closed = True
        for lane in list(self._lanes.values()):
            await asyncio.to_thread(lane.stop)
        self._lanes.clear()
        if (readers := self.__dict__.pop("_readers", None)) is not None:
            await asyncio.to_thread(readers.shutdown)
        if (engine := self.__dict__.pop("_read_engine", None)) is not None:
            engine.dispose()

    async def write(
        self,
        fn: Callable[Concatenate[Tx, P], T],
        /,
        *args: Any,
        by: Principal,
        lane: str = "",
        once: Once | None = None,
        seconds: float = USUAL_SECONDS,
    ) -> T:
        """Run `fn(tx, *args)` and answer after its commit: what was returned is durable.

        `fn` may run more than once (alone, when a neighbour in its group failed), so it touches nothing but `tx`.
        `lane` is the key of the aggregate: units with one lane run one after another. With `once`, the result is
        stored as JSON of `fn`'s return annotation and given again for the same key. Raises what `fn` raised, or a
        Problem 503 when the queue is full, the deadline has passed, or the commit was cut (then it is unknown, and
        `once` makes a retry safe).
        """
        self._refuse_if_closed()
        loop = asyncio.get_running_loop()
        unit = Unit(fn, args, by, once, time.monotonic() + seconds, traceparent(), loop, loop.create_future())
        self._lane_for(lane).put(unit, always=lane in OWN_LANES)
        try:
            async with asyncio.timeout(seconds + 1.0):  # `wait_for` loses a cancellation that comes with the answer
                answer: T = await unit.answer
                return answer
        except TimeoutError:
            if not unit.begun:
                raise not_made() from None
            raise unavailable(
                "The change did not end in time; whether it was made is unknown.", slug="unknown"
            ) from None

    async def read(self, fn: Callable[Concatenate[Session, P], T], /, *args: Any, seconds: float = USUAL_SECONDS) -> T:
        """Run `fn(session, *args)` on a read-only connection in a thread; twice where the server had closed that.

        Raises what `fn` raised, or a Problem 503 when too many wait, or no answer came within the time.
        """
        self._refuse_if_closed()
        if self.reading >= self.queue:
            raise unavailable("More is asked than can be answered soon.", slug="overloaded")
        deadline = time.monotonic() + seconds
        asked = asyncio.get_running_loop().run_in_executor(self._readers, self._read, fn, args, deadline)
        self.reading += 1
        asked.add_done_callback(self._has_read)
        try:
            async with asyncio.timeout(seconds + 1.0):
                return await asked
        except TimeoutError:
            raise _too_late() from None

    async def ping(self) -> None:
        await self.read(lambda session: session.exec(select(1)).one())

    @property
    def waiting(self) -> int:
        """Units of work in the queues."""
        return sum(lane.waiting for lane in self._lanes.values())

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise unavailable("The service is stopping.")

    def _read(self, fn: Callable[..., T], args: Any, deadline: float) -> T:
        def once() -> T:
            with self._read_engine.connect() as connection, Session(connection) as session:
                limit(connection, deadline)
                return fn(session, *args)

        if time.monotonic() > deadline:
            raise _too_late()
        try:
            return translated(once)
        except Problem as problem:
            if not getattr(problem.__cause__, "connection_invalidated", False) or time.monotonic() > deadline:
                raise
        return translated(once)

    def _has_read(self, _answer: "asyncio.Future[Any]") -> None:
        self.reading -= 1

    def _lane_for(self, key: str) -> "Lane":
        """The kernel's own lanes have a writer each on PostgreSQL, so that batches hold up no request."""
        if self.dialect == "sqlite":
            name = "0"
        elif key in OWN_LANES:
            name = key
        else:
            name = str((zlib.crc32(key.encode()) if key else next(self._turn)) % self._lane_count)
        if name not in self._lanes:
            self._lanes[name] = Lane(self, name)
        return self._lanes[name]

    @cached_property
    def _read_engine(self) -> Any:
        return make_engine(self.url, readonly=True, pool_size=READERS)

    @cached_property
    def _readers(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(READERS, thread_name_prefix=f"{self.service}-read")


def _too_late() -> Problem:
    return unavailable("The answer did not come in time.", slug="deadline")
