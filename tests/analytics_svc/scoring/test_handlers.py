"""Each observation leads to one score, in order, and what comes late or twice changes nothing that is newer."""

import asyncio
import random
from typing import Any

import pytest
from sqlmodel import Session, select

from services.analytics_svc.scoring.handlers import on_leads_captured
from services.analytics_svc.scoring.ledger import seed
from services.analytics_svc.scoring.models import StoredScore
from services.analytics_svc.tables import tables
from shared.contracts.analytics import LeadScored
from shared.contracts.customer import LeadCaptured
from shared.database import Database
from tests.analytics_svc.rooms import BY, handle, stated
from tests.analytics_svc.scoring.leads import TRACE, A, B, C, captured
from tests.fixtures import create_tables
from tests.statements import statements


def all_scores(session: Session) -> dict[str, StoredScore]:
    return {stored.contact_id: stored for stored in session.exec(select(StoredScore))}


async def standing(db: Database, contact: str = "con_ada") -> StoredScore:
    return (await db.read(all_scores))[contact]


async def test_a_lead_is_scored_and_the_score_stated_with_all_that_rules_need(db: Database) -> None:
    event = captured(**A, country="DE", utm={"campaign": "spring"}, attributes={"employees": 120})
    await handle(db, on_leads_captured, [event])
    [scored] = await stated(db)
    assert isinstance(scored, LeadScored)
    assert (scored.score, scored.fit, scored.engagement, scored.grade) == (85, 80, 5, "A")
    assert sum(contribution.points for contribution in scored.contributions) == scored.score
    assert (scored.sequence, scored.points_version, scored.cause, scored.depth) == (1, 1, event.id, 1)
    assert (scored.occurred_at, scored.traceparent) == (event.occurred_at, TRACE)
    assert (scored.country, scored.utm, scored.attributes) == ("DE", {"campaign": "spring"}, {"employees": 120})
    assert (scored.source, scored.created, scored.consent) == ("website", True, ["marketing:email"])


async def test_several_observations_of_one_contact_in_a_batch_each_state_their_score_in_order(db: Database) -> None:
    await handle(db, on_leads_captured, [captured(number=n, **facts) for n, facts in ((1, C), (2, B), (3, A))])
    scored = await stated(db)
    assert [event.observation_id for event in scored] == ["obs_con_ada_1", "obs_con_ada_2", "obs_con_ada_3"]
    assert [event.sequence for event in scored] == [1, 2, 3]
    assert [event.grade for event in scored] == ["C", "B", "A"]


async def test_an_observation_that_comes_twice_is_scored_once(db: Database) -> None:
    await handle(db, on_leads_captured, [captured(), captured()])
    await handle(db, on_leads_captured, [captured()])
    assert [event.sequence for event in await stated(db)] == [1]
    assert (await standing(db)).version == 1


async def test_a_fact_that_comes_late_gets_its_score_and_does_not_lower_what_holds(db: Database) -> None:
    await handle(db, on_leads_captured, [captured(number=3, **A)])
    before = await standing(db)
    await handle(db, on_leads_captured, [captured(number=1, source="event", **C)])
    after = await standing(db)
    assert (after.score, after.grade, after.sequence, after.version) == (before.score, "A", 3, 2)
    late = (await stated(db))[-1]
    assert (late.observation_id, late.sequence, late.grade) == ("obs_con_ada_1", 2, "A")
    assert (late.source, late.created, late.observations) == ("event", True, 3)


@pytest.mark.parametrize("seed_of_order", range(5))
async def test_the_order_of_arrival_changes_nothing_in_the_end(db: Database, seed_of_order: int) -> None:
    events = [captured(number=n, **(A if n > 5 else C)) for n in range(1, 11)]
    random.Random(seed_of_order).shuffle(events)
    for start in range(0, len(events), 3):
        await handle(db, on_leads_captured, events[start : start + 3])
    end = await standing(db)
    assert (end.version, end.sequence, end.score, end.grade) == (10, 10, 80 + 15 + 20, "A")
    scored = await stated(db)
    assert [event.sequence for event in scored] == list(range(1, 11))
    assert scored[-1].score == end.score


async def test_two_workers_with_the_same_events_in_opposite_order_score_each_once(postgres_url: str) -> None:
    create_tables(postgres_url, tables.metadata)
    workers = [Database(postgres_url, service="test") for _ in range(2)]
    await workers[0].write(seed, by=BY)
    contacts = [f"con_{n:02}" for n in range(10)]
    rounds = [[captured(contact, number) for contact in contacts] for number in range(1, 11)]
    await asyncio.gather(
        *(handle(workers[0], on_leads_captured, batch) for batch in rounds),
        *(handle(workers[1], on_leads_captured, batch[::-1]) for batch in reversed(rounds)),
    )
    sequences: dict[str, list[int]] = {contact: [] for contact in contacts}
    facts = await stated(workers[0])
    for fact in facts:
        sequences[fact.contact_id].append(fact.sequence)
    for db in workers:
        await db.close()
    assert sequences == {contact: list(range(1, 11)) for contact in contacts}
    assert len({fact.observation_id for fact in facts}) == 100


async def test_five_hundred_leads_take_hardly_more_statements_than_three(db: Database) -> None:
    three = await statements(handle(db, on_leads_captured, [_lead(n, kind) for n, kind in enumerate((A, B, C))]))
    many = [_lead(3 + n, (A, B, C)[n % 3]) for n in range(500)]
    assert await statements(handle(db, on_leads_captured, many)) <= 2 * three


def _lead(number: int, facts: dict[str, Any]) -> LeadCaptured:
    return captured(f"con_{number:06}", 1, **facts)
