"""Ten times as much as it can answer: some is taken, the rest is told when to come again, memory stays bounded, what
was taken is stored and followed up, and a while later all is as before.
"""

import json
import time
from functools import partial
from pathlib import Path
from signal import SIGTERM

import pytest

from bench.machine import Span, watched
from tests.chaos import people
from tests.chaos.calls import Request
from tests.chaos.ledger import Book
from tests.chaos.page import finding, keep
from tests.chaos.run import judged
from tests.chaos.stacks import Stack, embedded
from tests.e2e.system import Process
from tests.eventually import eventually
from tests.faults.flood import Flood
from tests.faults.size import FULL, sized

SEED, TIMES = 13, 10
CALM, CALM_CLIENTS = sized(quick=50, full=1_000), 16
CONNECTIONS = sized(quick=100, full=1_000)
LIMIT = "RAINMAKER_REQUESTS_PER_MINUTE"
FLOODS = sized(quick=[(120, 800)], full=[(6_000, 60_000), (0, 10_000)])
"""How many calls a minute each caller may make, 0 for any number, and how many come."""

MOST_GROWTH = 512 * 1024 * 1024
"""Bytes that a process may need more than before. A connection costs some, and so does what waits."""
RECOVERED_SECONDS = 120.0


@pytest.mark.parametrize(("limit", "number"), FLOODS)
async def test_a_flood_is_refused_in_clear_words_and_what_is_taken_of_it_is_kept(
    limit: int, number: int, tmp_path: Path
) -> None:
    calls = singles(CALM + number)
    with watched() as span, embedded(tmp_path, **{LIMIT: str(limit)}) as stack:
        serve, url = stack.system.processes["serve"], stack.system.urls["customer"]
        calm, flood = Flood(url, stack.system.token), Flood(url, await key_of_another(stack))
        await calm.pour(calls[:CALM], CALM_CLIENTS)
        before, pace = peak(serve), TIMES * calm.per_second
        await flood.pour(calls[CALM:], CONNECTIONS, pace)
        facts = told(flood, pace, before, peak(serve))
        facts["both were let in again after"] = f"{await let_in_again(calm, flood, calls):.1f} s"
        assert (calm.strange, flood.strange[:5]) == ([], [])
        assert flood.taken and not calm.refused[429]
        assert bool(flood.refused[429]) == bool(limit)
        assert peak(serve) - before < MOST_GROWTH
        await started_again_without_a_limit(stack)  # who asks for all that is shown asks a lot
        facts["unknown, and asked again"] = f"{await settle(flood):,}"
        wrong, _ = await judged(stack, book_of([calm, flood], tmp_path).ledger())
        assert wrong == {}, json.dumps(wrong, indent=1)
    if FULL:
        keep_on_the_page(limit, facts, span)


def singles(count: int) -> list[Request]:
    return [call for call in people.requests(SEED, 20 * count) if not call.batch][:count]


async def key_of_another(stack: Stack) -> str:
    """Of a caller who is counted apart."""
    async with stack.system.client("customer") as client:
        asked = {"name": "flood", "scopes": ["leads:write"]}
        return str((await client.post("/v1/api-keys", json=asked)).raise_for_status().json()["secret"])


async def let_in_again(calm: Flood, flood: Flood, calls: list[Request]) -> float:
    """After how many seconds another call of each was taken."""
    began = time.monotonic()
    for one, call in ((calm, calls[0]), (flood, calls[CALM])):
        await eventually(partial(lets_in, one, call), seconds=RECOVERED_SECONDS)
    return time.monotonic() - began


async def lets_in(flood: Flood, call: Request) -> bool:
    """The call may have been taken before: then it is answered as it was then, and counts once."""
    probe = Flood(flood.url, flood.token)
    await probe.pour([call], 1)
    assert not probe.strange
    known = {taken.key for taken, _ in flood.taken}
    flood.taken += [(taken, answer) for taken, answer in probe.taken if taken.key not in known]
    return bool(probe.taken)


async def settle(flood: Flood) -> int:
    """Who was told that it is unknown asks again with the same key, as the API says; how many that were."""
    for call in flood.unknown:
        await eventually(partial(lets_in, flood, call))
    return len(flood.unknown)


async def started_again_without_a_limit(stack: Stack) -> None:
    serve = stack.system.processes["serve"]
    serve.kill(SIGTERM)
    serve.environment[LIMIT] = "0"
    serve.start()
    serve.wait_ready()


def book_of(floods: list[Flood], folder: Path) -> Book:
    book = Book(folder / "ledger.jsonl")
    for flood in floods:
        for call, answer in flood.taken:
            book.ask(call.key, call.rows)
            book.promise(call, [answer.body])
    return book


def peak(process: Process) -> int:
    """The most memory that it ever had at once, in bytes."""
    assert process.running
    lines = Path(f"/proc/{process.running.pid}/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def told(flood: Flood, pace: float, before: int, after: int) -> dict[str, str]:
    return {
        "served before, offered then": f"{pace / TIMES:,.0f} and {pace:,.0f} calls a second",
        "answered": f"{flood.per_second:,.0f} calls a second, over {CONNECTIONS:,} connections",
        "taken": f"{len(flood.taken):,}, each with all that follows from it",
        "refused": ", ".join(f"{status}: {count:,}" for status, count in flood.refused.items()) or "none",
        "most memory before, and after": f"{before / 2**20:,.0f} MB, {after / 2**20:,.0f} MB",
    }


def keep_on_the_page(limit: int, facts: dict[str, str], span: Span) -> None:
    title = f"A flood of {TIMES} times as much, " + (f"{limit:,} a minute allowed" if limit else "without a limit")
    about = "Each call was taken, or refused with a problem and `Retry-After`; no connection failed."
    keep(finding(title, about, facts, span, []))
