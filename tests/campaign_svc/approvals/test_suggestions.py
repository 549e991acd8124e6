"""Advice waits for a person: once, the newest of a campaign only, and with all that it rests on."""

import asyncio
from pathlib import Path

from sqlmodel import Session, select

from services.campaign_svc.approvals.handlers import on_budgets_suggested
from services.campaign_svc.approvals.models import Approval
from services.campaign_svc.tables import tables
from shared.contracts.campaign import ApprovalDecided
from shared.database import Database
from tests.analytics_svc.rooms import handle
from tests.campaign_svc.approvals.desk import Desk
from tests.clocks import Shifted
from tests.fixtures import create_tables


async def test_advice_becomes_an_approval_with_its_reasons(desk: Desk) -> None:
    event = desk.advice()
    await desk.told(event)
    [shown] = await desk.listed()
    assert (shown["state"], shown["suggestion_id"], shown["proposed_by"]) == (
        "waiting",
        event.suggestion_id,
        "service:analytics",
    )
    content = shown["content"]
    assert content["daily_budget"] == {"amount": "96.40", "currency": "EUR"}
    assert (content["budget_before"], content["budget_version"]) == (None, 0)
    assert (content["reason"], content["based_on"]) == (event.reason, {"cpa_28d": "15.3", "cpa_all_28d": "9.8"})
    assert content["expires_at"] == shown["expires_at"]


async def test_advice_that_is_told_twice_waits_once(desk: Desk) -> None:
    await desk.told(desk.advice(), desk.advice())
    await desk.told(desk.advice())
    assert await desk.states() == {"adv_brand_1": "waiting"}


async def test_newer_advice_takes_the_place_of_what_waits(desk: Desk) -> None:
    await desk.told(desk.advice(1), desk.advice(1, "shoes"))
    await desk.told(desk.advice(2))
    assert await desk.states() == {
        "adv_brand_1": "superseded",
        "adv_brand_2": "waiting",
        "adv_shoes_1": "waiting",
    }
    [fact] = await desk.facts()
    assert isinstance(fact, ApprovalDecided)
    assert (fact.outcome, fact.suggestion_id, fact.decided_by) == ("superseded", "adv_brand_1", None)


async def test_two_in_one_batch_are_taken_in_the_order_of_their_figures(desk: Desk) -> None:
    await desk.told(desk.advice(2), desk.advice(1))
    assert await desk.states() == {"adv_brand_1": "superseded", "adv_brand_2": "waiting"}


async def test_older_advice_that_comes_late_is_on_the_record_and_does_not_wait(desk: Desk) -> None:
    await desk.told(desk.advice(2))
    await desk.told(desk.advice(1))
    assert await desk.states() == {"adv_brand_1": "superseded", "adv_brand_2": "waiting"}


async def test_what_was_decided_stays_decided(desk: Desk) -> None:
    await desk.told(desk.advice(1))
    [first] = await desk.listed()
    assert (await desk.say("reject", first)).status_code == 200
    await desk.told(desk.advice(2), desk.advice(1))
    assert await desk.states() == {"adv_brand_1": "rejected", "adv_brand_2": "waiting"}


async def test_a_persons_proposal_waits_beside_the_advice(desk: Desk) -> None:
    await desk.proposed("user:eve")
    await desk.told(desk.advice(1))
    assert await desk.states() == {"user:eve": "waiting", "adv_brand_1": "waiting"}


async def test_two_workers_with_the_same_advice_make_one_approval_each(postgres_url: str, tmp_path: Path) -> None:
    create_tables(postgres_url, tables.metadata)
    workers = [Database(postgres_url, service="test") for _ in range(2)]
    desk = Desk(workers[0], Shifted(), tmp_path)
    batch = [desk.advice(number, f"c{campaign}") for number in range(1, 6) for campaign in range(6)]
    await asyncio.gather(
        *(
            handle(worker, on_budgets_suggested, batch[start : start + 6][:: 1 - 2 * turn])
            for turn, worker in enumerate(workers)
            for start in range(0, 30, 6)
        )
    )
    states = await workers[0].read(_states)
    for worker in workers:
        await worker.close()
    assert len(states) == 30
    assert sorted(suggestion for suggestion, state in states.items() if state == "waiting") == [
        f"adv_c{campaign}_5" for campaign in range(6)
    ]


def _states(session: Session) -> dict[str, str]:
    return {str(one.suggestion_id): one.state for one in session.exec(select(Approval))}
