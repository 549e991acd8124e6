"""A whole run: load and kills together, then quiet, then the oracle."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import inf
from pathlib import Path

import httpx

from tests.chaos import importing, load, oracle, plan, shown
from tests.chaos.ledger import Book, Ledger
from tests.chaos.stacks import Stack
from tests.real.nursery import nursery

QUIET_SECONDS, QUIET_SECONDS_PER_ROW = 240.0, 0.02
"""A lease of a killed process ends after 60; the rest is for reading it all, on a machine that others use too."""

ROWS_AHEAD = 300

Say = Callable[[str], None]
aloud = partial(print, flush=True)


@dataclass(frozen=True)
class Outcome:
    wrong: dict[str, list[str]]
    ledger: Ledger
    shown: shown.Shown
    facts: Mapping[str, str]
    """What was done and what came of it, for people."""

    @property
    def verdict(self) -> list[str]:
        faults = [f"{check}: {fault}" for check, some in self.wrong.items() for fault in some]
        return faults or ["every promise was kept"]

    def __str__(self) -> str:
        return "\n".join([f"{name}: {fact}" for name, fact in self.facts.items()] + self.verdict)


async def run(stack: Stack, folder: Path, seed: int, size: plan.Size, say: Say = aloud) -> Outcome:
    """All but the first life of each process is a fork of what was imported once: a kill costs moments."""
    began = time.monotonic()
    book, faults = Book(folder / "ledger.jsonl"), plan.faults(seed, size, stack.targets)
    for fault in faults:
        say(str(fault))
    with nursery() as births:
        for process in stack.system.processes.values():
            process.nursery = births
        async with asyncio.TaskGroup() as group:
            orchestrator = group.create_task(stack.keep_alive())
            await loaded(stack, seed, size, book, faults, say)
            seconds, ledger = time.monotonic() - began, book.ledger()
            say(f"answered {ledger.answered} of {ledger.asked} rows in {seconds:.0f} s, {stack.killed.total()} kills")
            wrong, found = await judged(stack, ledger)
            orchestrator.cancel()
    if unknown := oracle.too_many_unknown(found, stack.most_unknown):
        wrong["too_many_unknown"] = unknown
    return Outcome(wrong, ledger, found, _facts(stack, ledger, found, seconds, time.monotonic() - began))


async def loaded(stack: Stack, seed: int, size: plan.Size, book: Book, faults: list[plan.Fault], say: Say) -> None:
    """Returns when all was sent and answered, every kill has come, and the file is stored."""
    file = size.file(seed)
    import_id = await importing.begin(stack.system, file, book, stack.kill_importers)
    async with asyncio.TaskGroup() as group:
        group.create_task(importing.finish(stack.system, file, import_id, book))
        group.create_task(strike(stack, faults, book, say))
        await load.send_all(stack.system, size.calls(seed), book)
        book.complete = True


async def strike(stack: Stack, faults: list[plan.Fault], book: Book, say: Say) -> None:
    """Progress is the clock of both sides: a kill waits for its row, and the load, a little ahead, for the kill. So a
    slow machine, on which what was killed takes long to come back, sees the same run as a quick one.
    """
    for number, fault in enumerate(faults, 1):
        book.rest_at = fault.after + ROWS_AHEAD
        while book.answered < fault.after and not book.complete:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await asyncio.sleep(fault.delay)
        await stack.kill(fault.target, fault.signal)
        if number % 10 == 0:
            say(f"{number} kills, {book.answered} rows")
    book.rest_at = inf


async def judged(stack: Stack, ledger: Ledger) -> tuple[dict[str, list[str]], shown.Shown]:
    """What is wrong once everything is quiet: nothing, twice in a row, or else what still is when the time is over."""
    until = time.monotonic() + QUIET_SECONDS + QUIET_SECONDS_PER_ROW * ledger.asked
    kept = 0
    while True:
        late = time.monotonic() > until
        found = await _collected(stack, ledger, complete=not late)
        wrong = oracle.verdict(ledger, found) if found else {}
        kept = kept + 1 if found and not wrong else 0
        if found and (late or kept == 2):
            return wrong, found
        await asyncio.sleep(1.0)


async def _collected(stack: Stack, ledger: Ledger, *, complete: bool) -> shown.Shown | None:
    """None while something does not answer, or still waits and may not: the whole is asked for when it can be there."""
    try:
        async with stack.system.client("campaign") as campaign:
            if complete and (await shown.got(campaign, "/v1/actions/summary"))["waiting"]:
                return None
        return await shown.collect(stack.system, stack.mail_log, ledger.metrics_told_again())
    except (httpx.TransportError, AssertionError):
        if not complete:
            raise
        return None


def _facts(stack: Stack, ledger: Ledger, found: shown.Shown, loaded: float, whole: float) -> dict[str, str]:
    halfway = [f"{one.killed_at:,} of {len(one.file.rows):,}" for one in ledger.imports]
    states = {name: value for name, value in found.summary.items() if name != "as_of" and value}
    return {
        "leads": f"{len(ledger.promises):,} about {len(ledger.people()):,} people",
        "reports of ads": f"{len(ledger.reports):,} about {len(found.metrics):,} metrics",
        "companies": f"{len(found.companies):,}, told of {len(ledger.records):,} times",
        "import killed at row": ", ".join(halfway),
        "kills": f"{stack.killed.total()}: {_counted(stack.killed)}",
        "ended by themselves, started again": _counted(+stack.ended) or "none",
        "told to come again": _counted(ledger.refusals) or "none",
        "actions": _counted(states),
        "mails taken by the mail server": f"{len(found.mails):,}",
        "load, until everything was quiet": f"{loaded:.0f} s, {whole:.0f} s",
    }


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items()))
