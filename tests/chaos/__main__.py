"""`python -m tests.chaos --seed N [--size quick|full] [--on embedded|nine]`: the verdict is the exit code.

What a run of full size found stands in `bench/CHAOS.md` afterwards, whatever it was.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import get_args

from bench.machine import watched
from tests.chaos.page import finding, keep
from tests.chaos.plan import SIZES, SizeName
from tests.chaos.run import run
from tests.chaos.stacks import Stack, embedded, nine_processes
from tests.real.kafka import fresh_broker
from tests.real.postgres import drop, fresh_service_databases, running

STACKS = {
    "embedded": "One process killed again and again, SQLite and the embedded bus",
    "nine": "Nine processes, PostgreSQL and Kafka, killed again and again",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Kill everything, then count.")
    parser.add_argument("--seed", type=int, default=1, help="the same seed kills the same at the same moments")
    parser.add_argument("--size", choices=get_args(SizeName), default="quick")
    parser.add_argument("--on", choices=STACKS, help="only this system, instead of one after the other")
    asked = parser.parse_args()
    names = (asked.on,) if asked.on else tuple(STACKS)
    sys.exit(max(_run(name, asked.seed, asked.size) for name in names))


def _run(name: str, seed: int, size: SizeName) -> int:
    folder = Path(tempfile.mkdtemp(prefix="rainmaker-chaos-"))
    print(f"{name}, seed {seed}, {size}: {folder}", flush=True)
    with watched() as span, _stack(name, folder) as stack:
        outcome = asyncio.run(run(stack, folder, seed, SIZES[size]))
    print(outcome, flush=True)
    if size == "full":
        keep(finding(STACKS[name], f"Seed {seed}. Verdict: {'; '.join(outcome.verdict)}.", outcome.facts, span, []))
    if not outcome.wrong:
        shutil.rmtree(folder, ignore_errors=True)  # of a run that failed, ledger and logs stay to be read
    return 1 if outcome.wrong else 0


@contextmanager
def _stack(name: str, folder: Path) -> Iterator[Stack]:
    if name == "embedded":
        with embedded(folder) as stack:
            yield stack
        return
    with ExitStack() as parts:
        server = parts.enter_context(running())
        url = fresh_service_databases(server)
        parts.callback(drop, server, url)
        broker = fresh_broker()
        parts.callback(shutil.rmtree, broker.folder, ignore_errors=True)
        parts.callback(broker.stop)
        broker.start()
        yield parts.enter_context(nine_processes(folder, url, broker))


if __name__ == "__main__":
    main()
