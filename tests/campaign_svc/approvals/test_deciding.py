"""A yes sets the budget once: by another person, for what was seen, in time, on the budget that it was meant for."""

from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.campaign import ApprovalDecided, BudgetChanged
from shared.types import zulu
from tests.campaign_svc.approvals.desk import Desk

OTHER = "sha256:" + 64 * "0"


def slug(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


async def test_a_yes_is_on_the_record_and_sets_the_budget(desk: Desk) -> None:
    approval = await desk.proposed()
    answer = await desk.say("approve", approval)
    shown = answer.json()
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert (shown["state"], shown["decided_by"], shown["note"]) == ("approved", "user:ada", "Agreed with the team.")
    assert shown["decided_at"] is not None and shown["content"] == approval["content"]
    [budget] = await desk.listed("/v1/budgets")
    assert budget | {"updated_at": ""} == {
        "series": "search/brand",
        "channel": "search",
        "campaign": "brand",
        "daily_budget": {"amount": "80.00", "currency": "EUR"},
        "version": 1,
        "approval_id": approval["id"],
        "updated_at": "",
        "updated_by": "user:ada",
    }


async def test_a_yes_leaves_as_two_facts(desk: Desk) -> None:
    event = desk.advice()
    await desk.told(event)
    [approval] = await desk.listed()
    await desk.say("approve", approval)
    decided, changed = await desk.facts()
    assert isinstance(decided, ApprovalDecided) and isinstance(changed, BudgetChanged)
    assert (decided.outcome, decided.proposed_by, decided.decided_by) == ("approved", "service:analytics", "user:ada")
    assert (decided.content_hash, decided.suggestion_id) == (approval["content_hash"], event.suggestion_id)
    assert (changed.series, changed.daily_budget.amount, changed.sequence) == ("search/brand", "96.40", 1)
    assert {(fact.cause, fact.depth) for fact in (decided, changed)} == {(event.id, 4)}


async def test_a_no_is_on_the_record_and_sets_nothing(desk: Desk) -> None:
    approval = await desk.proposed()
    shown = (await desk.say("reject", approval, note="Too dear.")).json()
    assert (shown["state"], shown["decided_by"], shown["note"]) == ("rejected", "user:ada", "Too dear.")
    assert await desk.listed("/v1/budgets") == []
    assert [fact.outcome for fact in await desk.facts()] == ["rejected"]


@pytest.mark.parametrize("verb", ["approve", "reject"])
async def test_nobody_decides_what_they_proposed(desk: Desk, verb: str) -> None:
    approval = await desk.proposed("user:eve")
    assert slug(await desk.say(verb, approval, by="user:eve")) == (403, "own-proposal")
    assert await desk.states() == {"user:eve": "waiting"}
    assert (await desk.say(verb, approval, by="user:ada")).status_code == 200


async def test_a_service_decides_nothing(desk: Desk) -> None:
    approval = await desk.proposed()
    assert slug(await desk.say("approve", approval, by="service:analytics")) == (403, "not-a-person")


@pytest.mark.parametrize("verb", ["approve", "reject"])
async def test_a_word_about_other_content_counts_for_nothing(desk: Desk, verb: str) -> None:
    approval = await desk.proposed()
    assert slug(await desk.say(verb, approval, content_hash=OTHER)) == (409, "other-content")
    assert await desk.states() == {"user:eve": "waiting"}


@pytest.mark.parametrize("first", ["approve", "reject"])
@pytest.mark.parametrize("second", ["approve", "reject"])
async def test_what_is_decided_is_decided(desk: Desk, first: str, second: str) -> None:
    approval = await desk.proposed()
    assert (await desk.say(first, approval)).status_code == 200
    assert slug(await desk.say(second, approval, by="user:bob")) == (409, "already-decided")
    assert len(await desk.facts()) == (2 if first == "approve" else 1)


async def test_a_yes_to_a_budget_that_changed_meanwhile_is_stale(desk: Desk) -> None:
    first, second = (
        await desk.proposed("user:eve"),
        await desk.proposed("user:bob", daily_budget={"amount": "60.00", "currency": "EUR"}),
    )
    assert (await desk.say("approve", first)).status_code == 200
    assert slug(await desk.say("approve", second)) == (409, "stale-approval")
    [budget] = await desk.listed("/v1/budgets")
    assert (budget["daily_budget"]["amount"], budget["version"]) == ("80.00", 1)
    assert (await desk.say("reject", second)).status_code == 200


async def test_the_next_proposal_is_made_on_the_budget_of_today(desk: Desk) -> None:
    await desk.say("approve", await desk.proposed())
    again = await desk.proposed(daily_budget={"amount": "60.00", "currency": "EUR"})
    assert again["content"]["budget_before"] == {"amount": "80.00", "currency": "EUR"}
    assert again["content"]["budget_version"] == 1
    await desk.say("approve", again)
    [budget] = await desk.listed("/v1/budgets", series="search/brand")
    assert (budget["daily_budget"]["amount"], budget["version"]) == ("60.00", 2)
    assert await desk.listed("/v1/budgets", series="search/shoes") == []


async def test_what_nobody_decided_in_time_expires(desk: Desk) -> None:
    approval = await desk.proposed(expires_at=zulu(desk.clock() + timedelta(hours=1)))
    desk.clock.by += timedelta(hours=2)
    assert await desk.listed(state="waiting") == []
    [shown] = await desk.listed(state="expired")
    assert (shown["state"], shown["decided_by"], await desk.facts()) == ("expired", None, [])
    assert slug(await desk.say("approve", approval)) == (409, "already-decided")
    for _ in range(2):
        await desk.expire()
    [fact] = await desk.facts()
    assert (fact.outcome, fact.decided_by, fact.sequence) == ("expired", None, 2)
    [shown] = await desk.listed(state="expired")
    assert (shown["state"], shown["decided_at"] is not None) == ("expired", True)


async def test_what_was_decided_does_not_expire(desk: Desk) -> None:
    await desk.say("reject", await desk.proposed())
    desk.clock.by += timedelta(days=8)
    await desk.expire()
    assert await desk.states() == {"user:eve": "rejected"}
    assert [fact.outcome for fact in await desk.facts()] == ["rejected"]
