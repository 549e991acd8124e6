"""Due work of a made-up room, for the tests of the kernel: a bell that is to be rung, and a clock to move."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from shared.database import Tx
from shared.database.tables import KERNEL
from shared.due import Begin, Due, Outcome, Result, Work

Act = Callable[[Sequence[Work], Begin], Any]


class Ring:
    """An effect whose act is given; it notes what was settled."""

    task = "test.ring"
    give_up_after = timedelta(hours=1)

    def __init__(self, act: Act, *, repeatable: bool = False) -> None:
        self._act, self.repeatable, self.closed = act, repeatable, False
        self.settled: list[tuple[str, Outcome]] = []

    async def act(self, works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
        return await self._act(works, begin)  # type: ignore[no-any-return]

    def settle(self, tx: Tx, work: Work, result: Result) -> None:
        self.settled.append((work.key, result.outcome))

    async def close(self) -> None:
        self.closed = True


def plan(tx: Tx, *keys: str, at: datetime | None = None) -> None:
    for key in keys:
        tx.later("test.ring", key=key, payload={"bell": key}, at=at)


def rows(session: Any) -> dict[str, Row[Any]]:
    return {row.key: row for row in session.execute(select(KERNEL.due_work))}


async def done(works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
    for work in works:
        await begin(work)
    return {work.id: Result(Outcome.DONE) for work in works}


async def run_once(due: Due) -> int:
    found = await due.do_some()
    await due.finished()
    return found


async def die(works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
    """Begin the first, then end as a killed process does: without a word."""
    await begin(works[0])
    raise asyncio.CancelledError
