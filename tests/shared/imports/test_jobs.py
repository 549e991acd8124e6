"""The job: every row is dealt with once, whatever ends in between."""

import asyncio
import csv
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

from sqlalchemy import delete, func, select
from sqlmodel import Session

from shared.database.tx import Tx
from shared.due import Due, Work
from shared.imports.files import KEPT, UNFINISHED_KEPT
from shared.imports.jobs import RUN
from shared.imports.kinds import Outcome
from shared.imports.running import RunImports
from shared.imports.sources import SMALL
from shared.imports.tables import chunks
from tests.clocks import Shifted
from tests.fixtures import MakeDatabase
from tests.shared.facts import BY
from tests.shared.imports.parcel_rows import Parcel
from tests.shared.imports.parcels import METADATA, PARCELS, store, stored
from tests.shared.imports.world import World, world_of


def file_of(count: int, width: int = 0) -> bytes:
    filler = "x" * width
    lines = [f'parcel {n},{n}.5,{n},2026-01-{n % 28 + 1:02},"{filler}"' for n in range(count)]
    return "\n".join(["label,weight,pieces,sent,remark", *lines]).encode()


def counted(job: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(job[name] for name in ("state", "rows", "created", "changed", "unchanged", "rejected"))


def pieces_kept(session: Session) -> int:
    return int(session.execute(select(func.count()).select_from(chunks)).scalar_one())


async def times_stored(world: World) -> list[int]:
    return [row.times for row in (await world.db.read(stored)).values()]


async def test_a_file_becomes_rows_and_the_same_file_again_changes_nothing(world: World) -> None:
    job = await world.imported(file_of(25), kind="parcels", name="parcels.csv")
    assert counted(job) == ("done", 25, 25, 0, 0, 0)
    assert job["bytes_read"] == job["bytes"] and job["name"] == "parcels.csv" and job["created_by"] == "user:tester"
    again = await world.imported(file_of(25), kind="parcels")
    assert counted(again) == ("done", 25, 0, 0, 25, 0)
    changed = await world.imported(file_of(25).replace(b"parcel 3,3.5", b"parcel 3,9"), kind="parcels")
    assert counted(changed) == ("done", 25, 0, 1, 24, 0)


async def test_a_bad_row_is_rejected_alone(world: World) -> None:
    content = (
        b"label,weight,pieces,sent\n"
        b"good,1.5,1,2026-01-31\n"
        b"nul\0,1,1,2026-01-31\n"
        b"ragged,1\n"
        b"half,1,1.5,2026-01-31\n"
        b'comma,"1,5",1,2026-01-31\n'
        b"day,1,1,2026-02-30\n"
        b"huge,1,9223372036854775808,2026-01-31\n"
        b"few,1,-1,2026-01-31\n"
        b"nan,NaN,1,2026-01-31\n"
        b",1,1,2026-01-31\n"
        b"unwanted,1,1,2026-01-31\n"
        b"cursed,1,1,2026-01-31\n"
        b"last,2,2,2026-01-31\n"
    )
    job = await world.imported(content, kind="parcels")
    assert counted(job) == ("done", 13, 2, 0, 0, 11)
    assert set(await world.db.read(stored)) == {"good", "last"}
    fields = [_field(line) for line in (await world.rejects(job["id"])).splitlines()[1:]]
    assert fields == ["", "", "pieces", "weight", "sent", "pieces", "pieces", "weight", "label", "label", ""]


class Held:
    """Stores, but waits in the middle of the third unit of rows."""

    def __init__(self) -> None:
        self.reached, self.go_on, self._units = threading.Event(), threading.Event(), count(1)

    def store(self, tx: Tx, rows: Sequence[Parcel]) -> list[Outcome]:
        if next(self._units) == 3:
            self.reached.set()
            self.go_on.wait(90)
        return store(tx, rows)


async def test_what_was_cut_off_goes_on_where_it_was(make_database: MakeDatabase, tmp_path: Path) -> None:
    clock = Shifted()
    held = Held()
    kind = replace(PARCELS, store=held.store)
    async with world_of([kind], make_database(METADATA, clock=clock), tmp_path) as world:
        job_id = (await world.send(file_of(400), kind="parcels")).json()["id"]
        due = Due(world.db, [RunImports(world.runtime, [kind])])
        await due.do_some()
        assert await asyncio.to_thread(held.reached.wait, 90)
        for running in list(due._under_way):
            running.cancel()
        held.go_on.set()
        await due.finished()
        await world.db.write(_nothing, by=BY, lane=job_id)  # behind what was being written
        half = await world.read(job_id)
        assert half["state"] == "running" and 0 < half["rows"] < 400
        assert len(await times_stored(world)) == half["created"] == half["rows"]
        clock.by = timedelta(minutes=5)
        await world.work()
        assert counted(await world.read(job_id)) == ("done", 400, 400, 0, 0, 0)
        assert await times_stored(world) == [1] * 400


async def test_two_workers_on_one_job_store_each_row_once(world: World) -> None:
    job_id = (await world.send(file_of(300), kind="parcels")).json()["id"]
    work = Work("due_x", RUN, job_id, {"import_id": job_id}, 1, world.db.clock())

    async def begin(work: Work) -> None: ...

    workers = [RunImports(world.runtime, [PARCELS]) for _ in range(3)]
    await asyncio.gather(*(worker.act([work], begin) for worker in workers))
    assert counted(await world.read(job_id)) == ("done", 300, 300, 0, 0, 0)
    assert await times_stored(world) == [1] * 300


async def test_a_large_file_is_read_in_a_child_and_in_slices(world: World) -> None:
    content = file_of(2_600, width=480)
    assert len(content) > SMALL
    job_id = (await world.send(content, kind="parcels")).json()["id"]
    await world.work(RunImports(world.runtime, [PARCELS], slice_seconds=0.2))
    assert counted(await world.read(job_id)) == ("done", 2_600, 2_600, 0, 0, 0)
    assert await times_stored(world) == [1] * 2_600


async def test_one_key_is_one_import_and_keeps_one_file(world: World) -> None:
    first = await world.send(file_of(5), kind="parcels", key="k1")
    again = await world.send(file_of(5), kind="parcels", key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert "idempotency-replayed" not in first.headers and again.headers["idempotency-replayed"] == "true"
    assert await world.db.read(pieces_kept) == 1
    other = await world.send(file_of(6), kind="parcels", key="k1")
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert await world.db.read(pieces_kept) == 1


async def test_a_cancelled_import_stores_nothing_more(world: World) -> None:
    job_id = (await world.send(file_of(5), kind="parcels")).json()["id"]
    cancelled = await world.client.post(f"/v1/imports/{job_id}/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert (await world.client.post(f"/v1/imports/{job_id}/cancel")).status_code == 200
    await world.work()
    assert await world.db.read(stored) == {}
    done = await world.imported(file_of(1), kind="parcels")
    assert (await world.client.post(f"/v1/imports/{done['id']}/cancel")).status_code == 409


async def test_files_are_forgotten_days_after_the_end(make_database: MakeDatabase, tmp_path: Path) -> None:
    clock = Shifted()
    async with world_of([PARCELS], make_database(METADATA, clock=clock), tmp_path) as world:
        job = await world.imported(file_of(5), kind="parcels")
        clock.by = UNFINISHED_KEPT + timedelta(minutes=1)
        await world.work()
        assert await world.db.read(pieces_kept) == 1
        clock.by = KEPT + timedelta(minutes=1)
        await world.work()
        assert await world.db.read(pieces_kept) == 0
        assert (await world.read(job["id"]))["file_until"] is None
        assert (await world.client.get(f"/v1/imports/{job['id']}/rejects.csv")).status_code == 404


async def test_a_file_is_kept_sealed(world: World) -> None:
    await world.send(b"label\nsomebody@example.com\n", kind="parcels")
    [data] = await world.db.read(lambda session: list(session.execute(select(chunks.c.data)).scalars()))
    assert b"somebody" not in data


async def test_an_import_whose_file_is_gone_fails_with_a_sentence(world: World) -> None:
    job_id = (await world.send(file_of(5), kind="parcels")).json()["id"]
    await world.db.write(_lose_files, by=BY)
    await world.work()
    job = await world.read(job_id)
    assert (job["state"], job["detail"]) == ("failed", "The file is not there any more; send it again.")


def _nothing(tx: Tx) -> None: ...


def _lose_files(tx: Tx) -> None:
    tx.session.execute(delete(chunks))


def _field(line: str) -> str:
    """The field that the reason names, "" where it is the row as a whole."""
    [row] = csv.reader([line])
    return row[-1].partition(": ")[0] if ": " in row[-1] else ""
