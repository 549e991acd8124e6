"""Pulls as due work: page by page, each stored before the next is asked for, so that an end in the middle costs one.

Repeating is harmless: figures are revisions, known ones change nothing. The end of a pull plans the next one, so a
connector has one pull at a time, and one that is switched off has none.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from services.campaign_svc.connectors import progress
from services.campaign_svc.connectors.keeping import TASK
from services.campaign_svc.connectors.pages import MOST_BYTES, Again, Asked, Fetched, Hopeless, fetch
from services.campaign_svc.connectors.sealed import Sealed
from shared.backoff import backoff
from shared.database import Database, Tx
from shared.due import Begin, Outcome, Result, Work
from shared.outgoing import Outgoing
from shared.principal import Principal
from shared.runtime import Runtime
from shared.telemetry.logs import described, log

REQUEST_SECONDS = 20.0
TURN_SECONDS = 12.0
"""After these no other page is begun, so that the last one ends within the time an act has."""
LONGEST_SECONDS = 40.0
AT_ONCE = 8
ROWS_AT_ONCE = 500
STORE_SECONDS = 10.0


def outgoing_of(runtime: Runtime) -> Outgoing:
    return Outgoing(local=runtime.settings.private_addresses, seconds=REQUEST_SECONDS, most_bytes=MOST_BYTES)


class PullConnector:
    """The effect behind every pull, planned or asked for."""

    task = TASK
    repeatable = True
    give_up_after = timedelta(hours=6)
    """Without a page."""

    def __init__(self, db: Database, outgoing: Outgoing, sealed: Sealed) -> None:
        self._db, self._outgoing, self._sealed = db, outgoing, sealed
        self._by = Principal.service(db.service)
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def act(self, works: Sequence[Work], begin: Begin) -> Mapping[str, Result]:
        until = time.monotonic() + TURN_SECONDS
        results = await asyncio.gather(*(self._in_time(work, until) for work in works))
        return {work.id: result for work, result in zip(works, results, strict=True) if result is not None}

    def settle(self, tx: Tx, work: Work, result: Result) -> None:
        progress.end(tx, work.key, result)

    async def close(self) -> None:
        await self._outgoing.close()

    async def _in_time(self, work: Work, until: float) -> Result | None:
        """None is tried again, later. One that fails in a way of its own takes none of the others with it."""
        try:
            async with asyncio.timeout(LONGEST_SECONDS), self._slots:
                return await self._pull(work, until)
        except TimeoutError:
            return self._go_on()
        except Exception as error:
            log().warning("pull failed", service=self._db.service, error=described(error))
            return None

    async def _pull(self, work: Work, until: float) -> Result:
        """A network that gives page after page is not given up, however long its history is."""
        pages = list[int]()
        result = await self._pages(work, until, pages)
        return replace(result, progressed=bool(pages)) if result.outcome is Outcome.RETRY else result

    async def _pages(self, work: Work, until: float, stored_now: list[int]) -> Result:
        pull = await self._db.write(progress.begin, work.key, by=self._by, lane=work.key)
        while pull is not None and time.monotonic() < until:
            try:
                asked = Asked(pull.settings, self._sealed.credential(pull), pull.window, pull.as_of)
                page = await fetch(self._outgoing, asked, self._sealed.position(pull))
            except Again as again:
                return await self._again(pull, again)
            except Hopeless as hopeless:
                return Result(Outcome.REFUSED, str(hopeless))
            stored = await self._store(pull, page)
            if page.follows is None or not stored:
                return Result(Outcome.DONE)
            stored_now.append(pull.page)
            pull = replace(pull, page=pull.page + 1, position=self._sealed.seal_position(pull.id, page.follows))
        return Result(Outcome.DONE) if pull is None else self._go_on()

    async def _store(self, pull: progress.Begun, page: Fetched) -> bool:
        """A page in pieces, of which the last has the turn: a page that was cut between them is asked for again."""
        follows = self._sealed.seal_position(pull.id, page.follows) if page.follows else None
        turn = progress.Turn(follows, page.rejected)
        pieces = [page.metrics[at : at + ROWS_AT_ONCE] for at in range(0, len(page.metrics), ROWS_AT_ONCE)] or [[]]
        for number, piece in enumerate(pieces, start=1):
            last = turn if number == len(pieces) else None
            args = pull.id, pull.page, piece, last
            if not await self._db.write(progress.store, *args, by=self._by, lane=pull.id, seconds=STORE_SECONDS):
                return False
        return True

    async def _again(self, pull: progress.Begun, again: Again) -> Result:
        failures = pull.failures + 1
        if again.tries is not None and failures >= again.tries:
            return Result(Outcome.REFUSED, again.reason)
        pause = (again.seconds or 0.0) + backoff(failures, first=1.0, longest=600.0)  # not all who were told at once
        at = self._db.clock() + timedelta(seconds=pause)
        if not await self._db.write(progress.note_failure, pull.id, again.reason, at, by=self._by, lane=pull.id):
            return Result(Outcome.DONE)
        return Result(Outcome.RETRY, again.reason, again_at=at)

    def _go_on(self) -> Result:
        return Result(Outcome.RETRY, "More pages wait.", again_at=self._db.clock())
