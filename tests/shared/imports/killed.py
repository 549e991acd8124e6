"""Who is killed again and again, by its own hand, so that it happens at the same place on any machine.

`MORTAL` is a kind whose reading child dies at each hundredth row that it checks; `python -m tests.shared.imports.killed
DATABASE FOLDER` is a worker that dies in the middle of each fourth unit of work.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from shared.database import Database, Tx
from shared.due import Due
from shared.imports.kinds import Outcome
from shared.imports.running import RunImports
from tests.shared.imports.mortal_rows import MORTAL_ROWS
from tests.shared.imports.parcel_rows import Parcel
from tests.shared.imports.parcels import PARCELS, store
from tests.shared.imports.world import runtime_of

MORTAL = replace(PARCELS, shape=MORTAL_ROWS)
UNITS = 4

_units = count(1)


def _store_and_die(tx: Tx, rows: Sequence[Parcel]) -> list[Outcome]:
    fates = store(tx, rows)
    if next(_units) == UNITS:
        os.kill(os.getpid(), signal.SIGKILL)
    return fates


async def main(database: str, folder: str) -> None:
    db, kind = Database(database, service="test"), replace(PARCELS, store=_store_and_die)
    await Due(db, [RunImports(runtime_of(db, Path(folder)), [kind])]).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
