"""What a measurement cost and what else the machine was doing meanwhile, as the kernel of the system counts it."""

import os
import platform
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")
SHOWN = ("fastapi", "pydantic", "sqlalchemy", "sqlmodel", "psycopg", "aiokafka", "uvicorn", "uvloop")


def cpu_of(pids: Iterable[int]) -> float:
    """Seconds of processor time that these processes have used themselves."""
    return sum(sum(_times(pid)[:2]) for pid in pids)


def used_by(root: int) -> float:
    """Seconds of processor time of a process and of all that it started, ended ones too if it waited for them."""
    return sum(sum(_times(pid)) for pid in tree(root))


def tree(root: int) -> list[int]:
    """A process and all that it started, as far as they live."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            pid = int(entry.parent.name)
            children.setdefault(int(_fields(pid)[1]), []).append(pid)
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


@dataclass
class Span:
    """A stretch of time: how long it was, and the share of all cores that others had in it."""

    seconds: float = 0.0
    others: float = 0.0
    load: float = field(default_factory=lambda: os.getloadavg()[0])


@contextmanager
def watched() -> Iterator[Span]:
    """Others are whoever is not this process or one of its children, whose time it inherits when they end."""
    span = Span()
    began, busy, own = time.monotonic(), _busy(), used_by(os.getpid())
    yield span
    span.seconds = time.monotonic() - began
    others = (_busy() - busy) - (used_by(os.getpid()) - own)
    span.others = max(0.0, others / (span.seconds * (os.cpu_count() or 1)))


def description() -> list[str]:
    packages = ", ".join(f"{name} {version(name)}" for name in SHOWN)
    return [
        f"{os.cpu_count()} cores ({_model()}), {platform.system()}, Python {platform.python_version()}",
        packages,
    ]


def _busy() -> float:
    """Seconds that all cores together were not idle. Guest time stands in user time already."""
    user, nice, system, _idle, _wait, irq, soft, steal, *_ = map(int, Path("/proc/stat").read_text().split()[1:11])
    return (user + nice + system + irq + soft + steal) * TICK


def _times(pid: int) -> list[float]:
    """User and system time, and those of the children that it has waited for."""
    try:
        return [int(ticks) * TICK for ticks in _fields(pid)[11:15]]
    except OSError:
        return [0.0]


def _fields(pid: int) -> list[str]:
    """What stands in `stat` behind the name, which may hold blanks and brackets."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _model() -> str:
    named = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return named[0].partition(":")[2].strip() if named else platform.machine()
