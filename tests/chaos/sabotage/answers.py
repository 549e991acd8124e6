"""`python -m tests.chaos.sabotage.answers serve ...`: the local system, but a request is answered before its commit.

The commit is held back, so that a kill right after the answer comes before it, each time.
"""

import time
from collections.abc import Sequence
from typing import Any

from services.__main__ import main
from shared.database.unit import Unit
from shared.database.writer import Lane

HELD_SECONDS = 30.0

transaction, commit = Lane._transaction, Lane._commit
_under_way: dict[Lane, Sequence[Unit]] = {}


def _remembered(lane: Lane, units: Sequence[Unit], **options: Any) -> None:
    _under_way[lane] = units
    transaction(lane, units, **options)


def _answered_first(lane: Lane, connection: Any) -> None:
    if any(unit.once for unit in _under_way[lane]):
        lane._answer(_under_way[lane])
        time.sleep(HELD_SECONDS)
    commit(lane, connection)


if __name__ == "__main__":
    setattr(Lane, "_transaction", _remembered)  # noqa: B010  as a plain assignment it would be no sabotage to mypy
    setattr(Lane, "_commit", _answered_first)  # noqa: B010
    main()
