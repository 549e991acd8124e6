"""An import that is killed again and again gets on each time, and stores each row once."""

import asyncio
import signal
import sys
from pathlib import Path

from sqlalchemy import func, select, update
from sqlmodel import Session

from shared.database import Tx
from shared.database.tables import KERNEL
from shared.imports.jobs import RUN
from shared.imports.running import TRIES, RunImports
from shared.imports.sources import SMALL
from tests.eventually import eventually
from tests.shared.facts import BY
from tests.shared.imports.killed import MORTAL
from tests.shared.imports.parcels import stored
from tests.shared.imports.world import World

ROOT = Path(__file__).parents[3]
ROWS = 900
LINES = [f'parcel {n},{n}.5,{n},2026-01-{n % 28 + 1:02},"{"x" * 1_200}"' for n in range(ROWS)]
FILE = "\n".join(["label,weight,pieces,sent,remark", *LINES]).encode()
LIVES = 2


async def test_an_import_whose_child_is_killed_each_time_it_has_got_on_ends(world: World) -> None:
    assert len(FILE) > SMALL
    job_id = (await world.send(FILE, kind="parcels")).json()["id"]

    async def done() -> bool:
        await world.work(RunImports(world.runtime, [MORTAL]))
        return bool((await world.read(job_id))["state"] == "done")

    await eventually(done, seconds=240.0)
    assert await world.db.read(_times_begun) > TRIES
    await _each_row_was_stored_once(world, job_id)


async def test_an_import_whose_process_is_killed_each_time_it_has_got_on_ends(
    world: World, database_url: str, tmp_path: Path
) -> None:
    job_id, rows = (await world.send(FILE, kind="parcels")).json()["id"], [0]
    (folder := tmp_path / "killed").mkdir()
    for _ in range(LIVES):
        assert await _lived(database_url, str(folder)) == -signal.SIGKILL
        await world.db.write(_end_leases, by=BY)
        rows.append((await world.read(job_id))["rows"])
    assert rows == sorted(set(rows)) and rows[-1] < ROWS
    await world.work()
    await _each_row_was_stored_once(world, job_id)


async def _lived(*arguments: str) -> int | None:
    command = [sys.executable, "-m", "tests.shared.imports.killed", *arguments]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    async with asyncio.timeout(120):
        return await process.wait()


def _end_leases(tx: Tx) -> None:
    """A minute later, where several processes work; who owns its file need not wait."""
    tx.session.execute(update(KERNEL.due_work).values(lease_until=None))


def _times_begun(session: Session) -> int:
    of_imports = select(func.sum(KERNEL.due_work.c.attempt)).where(KERNEL.due_work.c.task == RUN)
    return int(session.execute(of_imports).scalar_one())


async def _each_row_was_stored_once(world: World, job_id: str) -> None:
    job = await world.read(job_id)
    assert [job[name] for name in ("state", "rows", "created", "rejected")] == ["done", ROWS, ROWS, 0]
    assert [row.times for row in (await world.db.read(stored)).values()] == [1] * ROWS
