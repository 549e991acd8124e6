"""`python -m tests.chaos.sabotage.slow_answers serve ...`: the healthy pair of `answers`: commits are slow, no more."""

import time
from typing import Any

from services.__main__ import main
from shared.database.writer import Lane

HELD_SECONDS = 0.3

commit = Lane._commit


def _slowly(lane: Lane, connection: Any) -> None:
    time.sleep(HELD_SECONDS)
    commit(lane, connection)


if __name__ == "__main__":
    setattr(Lane, "_commit", _slowly)  # noqa: B010  as a plain assignment it would be no sabotage to mypy
    main()
