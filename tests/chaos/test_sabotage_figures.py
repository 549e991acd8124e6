"""A roll-up that adds revisions, where it should move by the difference, turns the oracle red; its healthy pair, which
meets the same reports, does not.
"""

from functools import partial
from pathlib import Path

import pytest

from tests.chaos import oracle
from tests.chaos.calls import Request
from tests.chaos.kept_figures import NEW, OLD, OLDER, OTHER
from tests.chaos.ledger import Book, Ledger
from tests.chaos.load import send_all
from tests.chaos.metrics import Report
from tests.chaos.shown import Shown, collect, got
from tests.chaos.stacks import Stack, embedded
from tests.eventually import eventually


@pytest.mark.parametrize(
    ("program", "wrong"),
    [("services", []), ("tests.chaos.sabotage.adding", ["figures_of_ads_are_the_sum_of_the_newest_reports"])],
)
async def test_a_revision_that_is_added_to_what_it_revises_is_seen(
    program: str, wrong: list[str], tmp_path: Path
) -> None:
    with embedded(tmp_path, program) as stack:
        book = Book(tmp_path / "ledger.jsonl")
        for place, sent in enumerate((OLD, NEW, OLDER, OTHER)):
            name = "b" if sent is OTHER else "a"
            await send_all(stack.system, [Request(f"report-{place}", (Report(name, sent),), False)], book)
        ledger = book.ledger()
        shown = await eventually(partial(settled, stack, ledger), seconds=90)
    assert [one.outcome for one in ledger.reports] == ["new", "revised", "kept", "new"]
    assert list(oracle.verdict(ledger, shown)) == wrong


async def settled(stack: Stack, ledger: Ledger) -> Shown | None:
    """What is shown, once the newest report about each channel has been added up."""
    async with stack.system.client("analytics") as analytics:
        channels = {one["channel"]: one["as_of"] for one in (await got(analytics, "/v1/channels"))["items"]}
    if channels != {sent["channel"]: sent["as_of"] for sent in (NEW, OTHER)}:
        return None
    return await collect(stack.system, stack.mail_log, ledger.metrics_told_again())
