"""Of several who decide at the same moment one wins, and the record, the budget and the facts all say the same."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.campaign_svc.tables import tables
from shared.database import Database
from shared.types import zulu
from tests.campaign_svc.approvals.desk import Desk
from tests.clocks import Shifted
from tests.fixtures import create_tables


@pytest.fixture
async def desks(postgres_url: str, tmp_path: Path) -> AsyncIterator[list[Desk]]:
    """Two processes' worth: each has its own writers, and they share one clock and the tables."""
    create_tables(postgres_url, tables.metadata)
    clock = Shifted()
    first = Desk(Database(postgres_url, service="test", clock=clock), clock, tmp_path)
    (tmp_path / "second").mkdir()
    second = Desk(Database(postgres_url, service="test", clock=clock), clock, tmp_path / "second", first.tokens)
    yield [first, second]
    for desk in (first, second):
        await desk.db.close()
        await desk.runtime.bus.close()


async def outcome(desk: Desk, approval: dict[str, Any]) -> tuple[str, list[str], int]:
    """The state, the facts about it, and how often the budget was set."""
    [shown] = [one for one in await desk.listed() if one["id"] == approval["id"]]
    facts = [fact for fact in await desk.facts() if fact.subject == approval["id"]]
    budgets = await desk.listed("/v1/budgets", series=approval["series"])
    return shown["state"], [fact.outcome for fact in facts], sum(budget["version"] for budget in budgets)


async def test_of_ten_who_approve_one_does(desks: list[Desk]) -> None:
    approval = await desks[0].proposed()
    answers = await asyncio.gather(*(desks[n % 2].say("approve", approval, by=f"user:p{n}") for n in range(10)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 9}
    assert await outcome(desks[0], approval) == ("approved", ["approved"], 1)
    winner = next(answer.json()["decided_by"] for answer in answers if answer.status_code == 200)
    assert (await desks[1].listed())[0]["decided_by"] == winner


async def test_a_yes_a_no_and_the_end_of_time_are_one_outcome(desks: list[Desk]) -> None:
    """In each round time ends a little later: whoever is first, all that is stored agrees."""
    first, second = desks
    met: Counter[str] = Counter()
    for n in range(15):
        ends = zulu(first.clock() + timedelta(hours=1))
        approval = await first.proposed(campaign=f"c{n}", expires_at=ends)

        async def time_ends(after: float = n * 0.001) -> None:
            await asyncio.sleep(after)  # only spreads the rounds; nothing is waited for
            first.clock.by += timedelta(hours=2)
            await asyncio.gather(first.expire(), second.expire())

        words = [desk.say(verb, approval, by="user:ada") for verb, desk in (("approve", first), ("reject", second))]
        await asyncio.gather(time_ends(), *words[:: 1 - 2 * (n % 2)])
        state, facts, budget = await outcome(first, approval)
        met[state] += 1
        assert facts == [state] and state in {"approved", "rejected", "expired"}
        assert budget == (1 if state == "approved" else 0)
    print(f"\nof {met.total()} rounds: {dict(met)}")


async def test_of_two_proposals_for_one_budget_one_is_carried_out(desks: list[Desk]) -> None:
    approvals = [await desks[0].proposed(f"user:p{n}") for n in range(6)]
    answers = await asyncio.gather(*(desks[n % 2].say("approve", one) for n, one in enumerate(approvals)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 5}
    [budget] = await desks[1].listed("/v1/budgets")
    assert budget["version"] == 1


async def test_newer_advice_and_a_yes_to_the_older_are_one_outcome(desks: list[Desk]) -> None:
    for n in range(8):
        await desks[0].told(desks[0].advice(1, f"c{n}"))
    older = await desks[0].listed()
    await asyncio.gather(
        *(desks[0].say("approve", one) for one in older),
        *(desks[1].told(desks[1].advice(2, f"c{n}")) for n in range(8)),
    )
    for approval in older:
        state, facts, budget = await outcome(desks[0], approval)
        assert facts == [state] and state in {"approved", "superseded"}
        assert budget == (1 if state == "approved" else 0)
