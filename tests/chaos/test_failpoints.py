"""A process dies right before and right after each commit, send and mark: each is reached, and nothing shows of it."""

import json
from contextlib import suppress
from pathlib import Path

from tests.chaos import oracle
from tests.chaos.failpoints.points import NAMES
from tests.chaos.ledger import Book
from tests.chaos.load import send_all
from tests.chaos.plan import Size
from tests.chaos.run import judged
from tests.chaos.stacks import SENDS_AT_ONCE, embedded
from tests.eventually import until
from tests.faults.size import sized

SIZE = Size(leads=1_500, metrics=100, companies=0, kills=0)
SEED, CALLS = 3, 6
PATIENCE = 2.0
POINTS = sized(quick=[one for place, one in enumerate(NAMES) if place % 4 in (0, 3)], full=[*NAMES])
"""One side of each, in turn, where there is little time."""


async def test_whatever_it_dies_at_a_process_keeps_every_promise(tmp_path: Path) -> None:
    hit, book = tmp_path / "hit", Book(tmp_path / "ledger.jsonl")
    calls = SIZE.calls(SEED)

    def hits() -> list[str]:
        return hit.read_text().splitlines() if hit.exists() else []

    with embedded(tmp_path, "tests.chaos.failpoints", FAILPOINTS=",".join(POINTS), FAILPOINTS_HIT=str(hit)) as stack:
        while len(before := hits()) < len(POINTS):
            assert calls, f"after all calls nobody had come to {POINTS[len(before)]}"
            some, calls = calls[:CALLS], calls[CALLS:]
            await send_all(stack.system, some, book)
            with suppress(AssertionError):  # then it takes some more calls to get there
                await until(lambda: len(hits()) > len(before), seconds=PATIENCE)
        assert hits() == POINTS
        await send_all(stack.system, calls[:CALLS], book)
        wrong, found = await judged(stack, book.ledger())
        unknown = oracle.too_many_unknown(found, SENDS_AT_ONCE * len(POINTS))
    assert (wrong, unknown) == ({}, []), json.dumps(wrong, indent=1)
