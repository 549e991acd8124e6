"""`python -m tests.shared.bus.frozen before|after DATABASE BUS GROUP`: a member that stops itself at its first batch.

Before it has taken the batch, or after, and in both cases before it says so to the bus. Who lets it go on
(SIGCONT) wakes a zombie: its group has long given its partitions to others.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence

from shared.bus import Record, open_bus
from shared.database import Database
from shared.events.inbox import Inbox
from tests.shared.facts import BellRang, count_up

AWAKE = "awake, and done with it"


class Frozen(Inbox):
    where = ""

    async def _take(self, records: Sequence[Record]) -> None:
        where, self.where = self.where, ""
        if where == "before":
            os.kill(os.getpid(), signal.SIGSTOP)
        await super()._take(records)
        if where == "after":
            os.kill(os.getpid(), signal.SIGSTOP)
        if where:
            print(AWAKE, flush=True)


async def main(where: str, database: str, bus: str, group: str) -> None:
    db = Database(database, service="test")
    inbox = Frozen(db, open_bus(bus), group=group, handlers={BellRang: [count_up]})
    inbox.where = where
    await inbox.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
