"""Group commit: units of work that wait together share one transaction, and each caller is answered after its commit.

No savepoints: if any unit raises, the group is rolled back and each unit runs again, alone. So one caller's failure
fails only that caller, and a unit is a function that can be run again. On SQLite there is one lane, which makes it the
only writer of its file; on PostgreSQL units with the same key share a lane, so that they do not wait for each other's
row locks.
"""

import queue
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from sqlalchemy import Connection
from sqlmodel import Session

from shared.database.engines import NO_DEADLINE, limit, make_engine, still_in_transaction, wait_longer_for_locks
from shared.database.tx import Tx
from shared.database.unit import Leaving, Unit, outcome
from shared.problems import unavailable
from shared.telemetry import metrics
from shared.telemetry.logs import described, log
from shared.trouble import as_problem, is_definite, is_full, may_pass

if TYPE_CHECKING:
    from shared.database import Database

GROUP = 64
ALONE_TRIES = 4
ALONE_LOCK_MS = 1_000


class CommitUnknown(Exception):
    """COMMIT failed or was cut: whether the group was written cannot be known."""


class Lane:
    """One writer: a thread, a connection, a queue."""

    def __init__(self, database: "Database", name: str) -> None:
        self.database, self.name = database, name
        self.queue: queue.SimpleQueue[Unit | None] = queue.SimpleQueue()
        self.waiting = 0
        self._engine = make_engine(database.url, pool_size=1)
        self._thread = threading.Thread(target=self._run, name=f"{database.service}-write-{name}", daemon=True)
        self._thread.start()

    def put(self, unit: Unit, *, always: bool = False) -> None:
        """Raises Problem 503 where too many wait, unless it is the kernel's own work: that is how it becomes less."""
        if self.waiting >= self.database.queue and not always:
            metrics.writes_total.labels(self.database.service, "refused").inc()
            raise unavailable("More changes are waiting than can be made soon.", slug="overloaded")
        self.waiting += 1  # only ever changed on the event loop, see `_answer`
        self.queue.put(unit)

    def stop(self) -> None:
        """After the last `put`: what was put before is still written."""
        self.queue.put(None)
        self._thread.join()
        self._engine.dispose()

    def _run(self) -> None:
        while (unit := self.queue.get()) is not None:
            group = [unit]
            with suppress(queue.Empty):
                while len(group) < GROUP:
                    following = self.queue.get_nowait()
                    if following is None:
                        self.queue.put(None)
                        break
                    group.append(following)
            self._serve(group)

    def _serve(self, group: Sequence[Unit]) -> None:
        """Whatever happens, every unit of the group gets an answer."""
        started = time.monotonic()
        try:
            self._together([unit for unit in group if unit.begin()])
        except BaseException as error:  # a fault of this module must not leave callers waiting
            log().error("writer failed", service=self.database.service, error=described(error))
            for unit in group:
                unit.error = unit.error or error
        metrics.write_seconds.labels(self.database.service).observe(time.monotonic() - started)
        metrics.write_group_size.labels(self.database.service).observe(len(group))
        self._answer(group)

    def _together(self, units: Sequence[Unit]) -> None:
        try:
            self._transaction(units)
        except CommitUnknown as error:
            self._unknown(units, error)
        except Exception as error:
            if len(units) == 1 and _is_final(error):
                units[0].error = as_problem(error)
            else:
                for unit in units:
                    self._alone(unit)

    def _alone(self, unit: Unit) -> None:
        """Until it succeeds, fails for a reason of its own, or its time is over."""
        for attempt in range(ALONE_TRIES):
            if unit.expired():
                return
            try:
                self._transaction([unit], lock_ms=ALONE_LOCK_MS)
                unit.error = None
                return
            except CommitUnknown as error:
                self._unknown([unit], error)
                return
            except Exception as error:
                unit.error = as_problem(error)
                if _is_final(error):
                    return
                time.sleep(0.005 * 4**attempt)  # this thread's own pause: a restarted database needs a moment

    def _transaction(self, units: Sequence[Unit], *, lock_ms: int = 0) -> None:
        if not units:
            return
        with self._engine.connect() as connection:
            try:
                connection.begin()
                leaving = self._work(connection, units, lock_ms)
                limit(connection, NO_DEADLINE)
                self._commit(connection)
            except BaseException:
                self._abandon(connection)
                raise
        self._tell(leaving)

    def _work(self, connection: Connection, units: Sequence[Unit], lock_ms: int) -> Leaving:
        leaving = Leaving()
        with Session(connection, join_transaction_mode="rollback_only", expire_on_commit=False) as session:
            if lock_ms:
                wait_longer_for_locks(connection, lock_ms)
            for unit in units:
                limit(connection, unit.deadline)
                tx = Tx(session, self.database.clock(), unit.by, unit.traceparent)
                unit.result, unit.replayed = outcome(tx, unit)
                session.flush()
                still_in_transaction(connection)
                session.expunge_all()
                leaving.take(tx)
            limit(connection, max(unit.deadline for unit in units))
            leaving.write(session)
        return leaving

    def _commit(self, connection: Connection) -> None:
        try:
            connection.commit()
        except Exception as error:
            if is_definite(error):
                raise
            raise CommitUnknown from error

    def _tell(self, leaving: Leaving) -> None:
        """After the commit. Nothing that fails here may look as if the change had: it would be made twice."""
        if leaving.facts:
            self.database.facts_left.set()
        if leaving.due:
            self.database.work_planned.set()
        for counted in leaving.counts:
            try:
                counted()
            except Exception as error:
                log().warning("a metric was not counted", service=self.database.service, error=described(error))

    def _abandon(self, connection: Connection) -> None:
        """Roll back; a connection that cannot even do that is thrown away (SQLite may have rolled back by itself)."""
        try:
            limit(connection, NO_DEADLINE)
            connection.rollback()
        except Exception:
            connection.invalidate()

    def _unknown(self, units: Sequence[Unit], cause: CommitUnknown) -> None:
        for unit in units:
            unit.error = unavailable(
                "Whether the change was made is unknown; ask again with the same key.", slug="unknown"
            )
            unit.error.__cause__ = cause.__cause__

    def _answer(self, group: Sequence[Unit]) -> None:
        for loop in {unit.loop for unit in group}:
            with suppress(RuntimeError):  # the loop is closed, nobody waits
                loop.call_soon_threadsafe(self._deliver, [unit for unit in group if unit.loop is loop])

    def _deliver(self, units: Sequence[Unit]) -> None:
        self.waiting -= len(units)
        for unit in units:
            outcome = "failed" if unit.error else "replayed" if unit.replayed else "done"
            metrics.writes_total.labels(self.database.service, outcome).inc()
            if unit.answer.done():
                continue
            if unit.error is not None:
                unit.answer.set_exception(unit.error)
            else:
                if unit.once:
                    unit.once.replayed = unit.replayed
                unit.answer.set_result(unit.result)


def _is_final(error: BaseException) -> bool:
    """No second try right away would end otherwise. Room on a disk is made by people: their callers wait, not we."""
    return not may_pass(error) or is_full(error)
