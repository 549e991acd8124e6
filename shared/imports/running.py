"""The due work of imports: store a file frame by frame, and forget files whose time is over.

A job runs in slices shorter than a lease; the next slice is planned with the end of the one before. A row that cannot
be stored must not hold up the others: a frame that fails is tried again in halves, until one row is left, which is
rejected.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from shared.backoff import backoff
from shared.database import Tx
from shared.due import Begin, Result, Work
from shared.due import Outcome as End
from shared.imports import jobs
from shared.imports.checking import Checked, Frame
from shared.imports.children import ChildDied
from shared.imports.files import FileSeal, forget_file
from shared.imports.jobs import FORGET, OPEN, RUN, Job, Moved
from shared.imports.kinds import Kind, Outcome, by_name
from shared.imports.sources import FileGone, Source, open_source
from shared.principal import Principal
from shared.problems import FieldError
from shared.runtime import Runtime
from shared.telemetry.logs import described, log
from shared.trouble import may_pass

SLICE_SECONDS = 25.0
"""Less than an effect may act; another import that waits gets its turn in between."""
PAUSE_SECONDS = 60.0
TRIES = 5
"""For a child that dies and has got nowhere. A database that is away is waited for."""
LONGEST_PAUSE = 300.0
AGAIN = {"again": True}
NOT_STORED = FieldError("", "not_stored", "It could not be stored; the log of the service says why.")


class RunImports:
    """Repeatable, as whoever comes second finds the cursor moved."""

    task = RUN
    repeatable = True
    give_up_after = timedelta(hours=6)

    def __init__(self, runtime: Runtime, kinds: Sequence[Kind[Any]], slice_seconds: float = SLICE_SECONDS) -> None:
        self._runtime, self._db, self._kinds = runtime, runtime.db, by_name(kinds)
        self._seal, self._slice_seconds = FileSeal(runtime.settings.master), slice_seconds
        self._failures: dict[str, int] = {}
        self._paused: dict[str, tuple[int, Source]] = {}
        self._closing: set[asyncio.Future[None]] = set()

    async def act(self, works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
        """One after another; who finds no time left in this slice begins the next."""
        until, results = time.monotonic() + self._slice_seconds, {}
        for work in works:
            late = time.monotonic() >= until
            results[work.id] = Result(End.DONE, facts=AGAIN) if late else await self._some(work, until)
        return results

    def settle(self, tx: Tx, work: Work, result: Result) -> None:
        import_id = work.payload["import_id"]
        if result.outcome is End.REFUSED:
            jobs.fail(tx, import_id, result.detail)
        elif result.facts:
            turn = work.payload.get("turn", 1) + 1
            tx.later(RUN, key=f"{import_id} {turn}", payload={"import_id": import_id, "turn": turn})

    async def close(self) -> None:
        while self._paused:
            _, (_, source) = self._paused.popitem()
            await source.close()

    async def _some(self, work: Work, until: float) -> Result:
        import_id = work.payload["import_id"]
        try:
            result = await self._slice(import_id, until)
        except Moved:
            result = Result(End.DONE)
        except FileGone:
            result = Result(End.REFUSED, "The file is not there any more; send it again.")
        except Exception as error:
            result = self._failed(import_id, error)
        if result.outcome is not End.RETRY:
            self._failures.pop(import_id, None)
        return result

    def _failed(self, import_id: str, error: Exception) -> Result:
        """Again at once if it had got on, else after pauses that grow. How often it was claimed says nothing here: each
        kill of a process is one more claim, and what is killed often must not wait the longer for it.
        """
        failures = self._failures.get(import_id, 1)
        if may_pass(error) or (isinstance(error, ChildDied) and failures < TRIES):
            self._failures[import_id] = failures + 1
            pause = backoff(failures, first=0.5, longest=LONGEST_PAUSE) if failures else 0.0
            again_at = self._db.clock() + timedelta(seconds=pause)
            return Result(End.RETRY, again_at=again_at, progressed=failures == 0)
        log().error("import failed", service=self._db.service, error=described(error))
        return Result(End.REFUSED, "A fault of the service; its log says which. Rows that were stored stay.")

    async def _slice(self, import_id: str, until: float) -> Result:
        job = await self._db.read(jobs.find, import_id)
        if job.state not in OPEN:
            return Result(End.DONE)
        kind, by = self._kinds[job.kind], Principal(job.created_by)
        await self._db.write(jobs.start, import_id, by=by, lane=import_id)
        source, rows = await self._source(kind, job), job.rows
        try:
            while time.monotonic() < until:
                if (frame := await source.next()) is None:
                    await self._db.write(jobs.finish, import_id, by=by, lane=import_id)
                    return Result(End.DONE)
                await self._store(kind, job, rows, frame, by)
                rows += len(frame.rows)
                self._failures[import_id] = 0
            self._pause(import_id, rows, source)
            return Result(End.DONE, facts=AGAIN)
        finally:
            if import_id not in self._paused:
                await source.close()

    def _pause(self, import_id: str, rows: int, source: Source) -> None:
        """For the next slice; a while later it is somebody else's, and the source is of no use."""
        self._paused[import_id] = (rows, source)
        asyncio.get_running_loop().call_later(PAUSE_SECONDS, self._let_go, import_id, source)

    def _let_go(self, import_id: str, source: Source) -> None:
        if self._paused.get(import_id, (0, None))[1] is source:
            del self._paused[import_id]
            closing = asyncio.ensure_future(source.close())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    async def _source(self, kind: Kind[Any], job: Job) -> Source:
        """The one that the slice before left, if nobody else went on with the job meanwhile."""
        rows, source = self._paused.pop(job.id, (-1, None))
        if source and rows == job.rows:
            return source
        if source:
            await source.close()
        return await open_source(self._db, self._seal, kind, job)

    async def _store(self, kind: Kind[Any], job: Job, after: int, frame: Frame, by: Principal) -> None:
        try:
            await self._write(kind, job, after, frame.rows, frame.read, by)
        except Moved:
            raise
        except Exception as error:
            if may_pass(error):
                raise
            if len(frame.rows) == 1:
                log().warning("row not stored", service=self._db.service, error=described(error))
                await self._write(kind, job, after, [_refused(frame.rows[0])], frame.read, by)
                return
            half = len(frame.rows) // 2
            await self._store(kind, job, after, replace(frame, rows=frame.rows[:half]), by)
            await self._store(kind, job, after + half, replace(frame, rows=frame.rows[half:]), by)

    async def _write(
        self, kind: Kind[Any], job: Job, after: int, rows: Sequence[Checked], read: int, by: Principal
    ) -> None:
        def unit(tx: Tx, keep: Callable[[Tx], Sequence[Outcome]]) -> None:
            jobs.store(tx, job.id, after, rows, read, keep)

        models = [row.model for row in rows if not row.errors]
        if kind.outside and models:
            await kind.outside.store(self._runtime, by, models, unit)
        else:
            await self._db.write(unit, lambda tx: kind.store(tx, models), by=by, lane=job.id)


class ForgetFiles:
    """Deletes the pieces of a file: of an import that ended days ago, or of an upload that was never finished."""

    task = FORGET
    repeatable = True
    give_up_after = timedelta(days=30)

    def __init__(self, runtime: Runtime) -> None:
        self._db = runtime.db

    async def act(self, works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
        results = {}
        for work in works:
            import_id = work.payload["import_id"]
            if not work.payload.get("unfinished") or not await self._db.read(jobs.exists, import_id):
                await forget_file(self._db, import_id)
            results[work.id] = Result(End.DONE)
        return results

    def settle(self, tx: Tx, work: Work, result: Result) -> None:
        if not work.payload.get("unfinished"):
            jobs.forgotten(tx, work.payload["import_id"])

    async def close(self) -> None:
        pass


def _refused(row: Checked) -> Checked:
    return row._replace(model=None, errors=(NOT_STORED,))
