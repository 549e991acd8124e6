"""`python -m tests.shared.database.frozen DATABASE`: takes the lock of `work`, and stands still with it (SIGSTOP)."""

import asyncio
import os
import signal
import sys

from shared.database import Database
from shared.database import exclusive as locking
from shared.database.exclusive import exclusive


async def main(url: str) -> None:
    locking.SILENT = "1s"
    async with exclusive(Database(url, service="test"), "work"):
        os.kill(os.getpid(), signal.SIGSTOP)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
