"""`python -m tests.chaos.sabotage.offsets healthy|sabotaged FOLDER`: an inbox that stands still inside its first batch.

The sabotaged one says "done" to the bus before the effect is committed. Both say so on standard output when they are in
the middle, and wait there to be killed.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from shared.bus import Bus, Consumer, open_bus
from shared.database import Database, Tx
from shared.events.inbox import BATCH, Inbox
from tests.shared.facts import BellRang, count_up

IN_THE_MIDDLE = "in the middle"


class DoneFirst(Inbox):
    """Bookmarks, durable, before effects."""

    async def take_some(self, consumer: Consumer, wait: float = 1.0) -> int:
        records = await consumer.poll(BATCH, wait)
        if records:
            await consumer.done(records)
            await self.bus.ping()  # writes, and so takes the bookmark along
            await self._take(records)
        return len(records)


def open_both(folder: Path) -> tuple[Database, Bus]:
    return Database(f"sqlite:///{folder}/bells.db", service="test"), open_bus(f"sqlite:///{folder}/bus.db")


def count_and_stand_still(tx: Tx, heard: Sequence[BellRang]) -> None:
    count_up(tx, list(heard))
    print(IN_THE_MIDDLE, flush=True)
    time.sleep(60)  # to be killed here


async def main(kind: str, folder: str) -> None:
    db, bus = open_both(Path(folder))
    inbox_class = {"healthy": Inbox, "sabotaged": DoneFirst}[kind]
    inbox = inbox_class(db, bus, group="rainmaker-test", handlers={BellRang: [count_and_stand_still]})
    await inbox.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
