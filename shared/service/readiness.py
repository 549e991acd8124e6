"""What a service needs to be ready, check by check.

An api without a worker inside does not ask for the bus: its facts wait in the outbox, and what it answers stays true.
"""

from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session

from shared.database import migrations
from shared.database.tables import KERNEL
from shared.runtime import Runtime
from shared.service.health import Check, NotReady
from shared.service.worker import Worker


def checks_of(runtime: Runtime, versions: Path | None, worker: Worker | None) -> dict[str, Check]:
    checks: dict[str, Check] = {"database": _Answering(runtime).check}
    if versions is not None:
        checks["migrations"] = _Migrations(runtime, versions).check
    if worker is not None:
        checks |= {"bus": runtime.bus.ping, "worker": _Working(runtime, worker).check}
    if runtime.vault is not None:
        checks["vault"] = runtime.vault.ping
    return checks


class _Answering:
    """The database answers from a table: SQLite answers `SELECT 1` without looking at its file."""

    def __init__(self, runtime: Runtime) -> None:
        self._db = runtime.db

    async def check(self) -> None:
        await self._db.read(_looked_up)


class _Migrations:
    """The newest version is known from the start; the one applied is asked for until it is that one, or a newer one:
    while a newer program is rolled out, the older one is started anew beside it.
    """

    def __init__(self, runtime: Runtime, versions: Path) -> None:
        self._runtime, self._newest, self._well = runtime, migrations.newest(versions), False

    async def check(self) -> None:
        if self._well:
            return
        applied = await self._runtime.db.read(_applied)
        if applied != self._newest and not migrations.is_newer(applied, self._newest):
            raise NotReady(
                f"The database is at version {applied}, this program needs {self._newest}: "
                f"run `rainmaker migrate {self._runtime.name}`."
            )
        self._well = True


class _Working:
    def __init__(self, runtime: Runtime, worker: Worker) -> None:
        self._runtime, self._worker = runtime, worker

    async def check(self) -> None:
        if self._runtime.stopped_because:
            raise NotReady(self._runtime.stopped_because)
        if not self._worker.running:
            raise NotReady("The worker is not running.")
        if self._worker.troubles:
            raise NotReady(" ".join(f"{name} ended: {reason}." for name, reason in self._worker.troubles.items()))


def _looked_up(session: Session) -> None:
    session.execute(select(KERNEL.outbox.c.position).limit(1)).all()


def _applied(session: Session) -> str | None:
    return migrations.applied(session.connection())
