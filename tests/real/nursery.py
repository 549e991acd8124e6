"""Processes of ours that start in a moment: what they import is imported once, and each is a fork of that.

A run that kills hundreds of them would otherwise spend nine tenths of its time on imports. `python -m
tests.real.nursery` is the parent of all; a line of JSON on its standard input says what to start, a line on its
standard output says as what.
"""

import ctypes
import json
import os
import random
import runpy
import secrets
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, NoReturn

ROOT = Path(__file__).parents[2]
READY = "ready"
KILLED = -int(signal.SIGKILL)
PR_SET_PDEATHSIG = 1


class Born:
    """As `Popen`, as far as tests use it. How it ended is not known, as another process is its parent."""

    def __init__(self, pid: int) -> None:
        self.pid, self._handle = pid, os.pidfd_open(pid)

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        if (code := self._ended(timeout)) is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._handle, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def _ended(self, seconds: float | None) -> int | None:
        door = select.poll()
        door.register(self._handle, select.POLLIN)
        return KILLED if door.poll(None if seconds is None else seconds * 1000) else None


class Nursery:
    def __init__(self, parent: "subprocess.Popen[str]") -> None:
        self._parent, self._turn = parent, Lock()

    def start(self, command: Sequence[str], environment: Mapping[str, str], log: Path) -> Born:
        """`command` is Python, `-m`, the module, and what it is given."""
        assert self._parent.stdin and self._parent.stdout
        wish = {"arguments": list(command[2:]), "environment": dict(environment), "log": str(log)}
        with self._turn:
            self._parent.stdin.write(json.dumps(wish) + "\n")
            self._parent.stdin.flush()
            return Born(int(self._parent.stdout.readline()))


@contextmanager
def nursery() -> Iterator[Nursery]:
    """Ready to give birth. All that were born there end with it."""
    command = [sys.executable, "-m", "tests.real.nursery"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True, start_new_session=True) as parent:  # noqa: S603
        try:
            assert parent.stdout and parent.stdout.readline().strip() == READY
            yield Nursery(parent)
        finally:
            parent.kill()


def main() -> None:
    _import_all()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody here waits for them
    print(READY, flush=True)
    for line in sys.stdin:
        if not (pid := os.fork()):
            _live(json.loads(line))
        print(pid, flush=True)


def _import_all() -> None:
    import services.__main__
    from services.local import run_local  # noqa: F401
    from shared.settings import SERVICES

    for name in SERVICES:
        services.of_name(name)
    del sys.modules["services.__main__"]  # it is run anew


def _live(wish: Mapping[str, Any]) -> NoReturn:
    from shared.due import rows as due_rows

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    with Path(wish["log"]).open("ab") as log, Path(os.devnull).open() as nothing:
        for number, file in enumerate((nothing, log, log)):
            os.dup2(file.fileno(), number)
    os.environ.clear()
    os.environ.update(wish["environment"])
    random.seed()
    due_rows.WHO = f"born:{os.getpid()}:{secrets.token_hex(4)}"  # made at import, so all would be the same worker
    module, *arguments = wish["arguments"]
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        os._exit(ended.code if isinstance(ended.code, int) else 1)
    finally:
        sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
