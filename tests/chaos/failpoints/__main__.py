"""`python -m tests.chaos.failpoints serve ...`: the local system, which dies at one point after the other.

What it imports is imported once; each life is a fork of that, so that a death costs a second and not five. FAILPOINTS
in the environment names the points, FAILPOINTS_HIT the file that says which were reached; after the last of them the
system lives on unharmed.
"""

import ctypes
import os
import random
import secrets
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from services import of_name
from services.__main__ import main
from shared.due import rows as due_rows
from shared.settings import SERVICES
from tests.chaos.failpoints.points import arm

PR_SET_PDEATHSIG = 1
_only_once = threading.Lock()
"""Three services have a writer each: the first to come to a point is the one that dies at it."""


def lives(points: list[str], hit: Path) -> int:
    """The exit code of the last life; of an earlier one if it ended otherwise than by its point."""
    for place, point in enumerate([*points, ""]):
        ended = _lived(lambda point=point: _live(point, hit))  # type: ignore[misc]
        if len(_hits(hit)) != place + 1:
            return os.waitstatus_to_exitcode(ended)
    return 1


def _lived(life: Callable[[], NoReturn]) -> int:
    if not (pid := os.fork()):
        life()
    signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGTERM))
    return os.waitpid(pid, 0)[1]


def _live(point: str, hit: Path) -> NoReturn:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    random.seed()
    due_rows.WHO = f"life:{os.getpid()}:{secrets.token_hex(4)}"  # made at import, so all would be the same worker
    if point:
        arm(point, lambda: _die(point, hit))
    main()
    sys.exit(0)


def _die(point: str, hit: Path) -> None:
    _only_once.acquire()
    with hit.open("a") as file:
        file.write(point + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.kill(os.getpid(), signal.SIGKILL)


def _hits(hit: Path) -> list[str]:
    return hit.read_text().splitlines() if hit.exists() else []


if __name__ == "__main__":
    for _name in SERVICES:
        of_name(_name)
    sys.exit(lives([one for one in os.environ["FAILPOINTS"].split(",") if one], Path(os.environ["FAILPOINTS_HIT"])))
