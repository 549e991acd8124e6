"""One decision for each journey and observation, one action for each occasion: whatever comes twice or late."""

import asyncio

from services.campaign_svc import journeys
from services.campaign_svc.journeys.handlers import on_leads_scored
from services.campaign_svc.tables import tables
from services.campaign_svc.templates.library import seed as seed_templates
from shared.contracts.campaign import DecisionMade
from shared.database import Database
from shared.events import MAX_DEPTH, Event
from tests.analytics_svc.rooms import BY, handle, stated
from tests.campaign_svc.journeys.leads import TRACE_ID, scored
from tests.campaign_svc.journeys.stored import all_actions, all_decisions, all_due, edit, known_facts
from tests.fixtures import create_tables
from tests.statements import statements

ANYBODY = {"combinator": "and", "rules": []}


async def decided(db: Database) -> list[tuple[str, bool, str | None]]:
    return [(one.journey_name, one.acted, one.cause) for one in await db.read(all_decisions)]


async def planned(db: Database) -> list[tuple[str, str, str]]:
    return [(one.about, one.name, one.occurrence) for one in await db.read(all_actions)]


async def test_a_hot_lead_gets_a_welcome_and_a_call(db: Database) -> None:
    event = scored(grade="A")
    await handle(db, on_leads_scored, [event])
    assert await decided(db) == [("Welcome", True, None), ("Call hot leads", True, None)]
    actions = await db.read(all_actions)
    assert [(one.name, one.kind, one.state, one.occurrence) for one in actions] == [
        ("welcome", "email", "waiting", "once"),
        ("call", "task", "waiting", "once"),
    ]
    assert actions[0].config | {"facts": 0} == {"template": "welcome", "purpose": "marketing", "facts": 0}
    assert actions[0].config["facts"]["score"] == 85
    assert actions[1].config | {"facts": 0} == {
        "title": "Call this lead",
        "assignee": None,
        "due_in_seconds": 14400,
        "facts": 0,
    }
    assert {(one.trace_id, one.event_id, one.depth) for one in actions} == {(TRACE_ID, event.id, 2)}


async def test_a_warm_lead_gets_the_welcome_only_and_a_cold_one_nothing(db: Database) -> None:
    await handle(db, on_leads_scored, [scored("con_warm", grade="B"), scored("con_cold", grade="C")])
    assert await planned(db) == [("con_warm", "welcome", "once")]
    assert sorted((one.contact_id, one.journey_name, one.acted, one.cause) for one in await db.read(all_decisions)) == [
        ("con_cold", "Call hot leads", False, "condition_false"),
        ("con_cold", "Welcome", False, "condition_false"),
        ("con_warm", "Call hot leads", False, "condition_false"),
        ("con_warm", "Welcome", True, None),
    ]


async def test_a_lead_that_becomes_hot_is_called_and_not_welcomed_again(db: Database) -> None:
    await handle(db, on_leads_scored, [scored(number=1, grade="B")])
    await handle(db, on_leads_scored, [scored(number=2, grade="A")])
    assert await planned(db) == [("con_ada", "welcome", "once"), ("con_ada", "call", "once")]
    assert await decided(db) == [
        ("Welcome", True, None),
        ("Call hot leads", False, "condition_false"),
        ("Welcome", False, "already_done"),
        ("Call hot leads", True, None),
    ]


async def test_a_decision_keeps_what_it_was_made_of(db: Database) -> None:
    event = scored(grade="B")
    await handle(db, on_leads_scored, [event])
    decision = (await db.read(all_decisions))[1]
    assert (decision.journey_version, decision.event_id, decision.trace_id) == (1, event.id, TRACE_ID)
    assert decision.inputs["grade"] == "B" and decision.inputs["consent"] == ["marketing:email"]
    [rule] = decision.conditions["rules"]
    assert (rule["field"], rule["actual"], rule["truth"]) == ("grade", "B", False)
    assert decision.occurred_at == event.occurred_at < decision.decided_at


async def test_decisions_are_stated_and_actions_become_due_with_their_cause(db: Database) -> None:
    event = scored(grade="B")
    await handle(db, on_leads_scored, [event])
    facts = await stated(db)
    assert all(isinstance(fact, DecisionMade) for fact in facts)
    assert [(f.acted, f.withheld_because, f.cause, f.depth) for f in facts] == [
        (True, None, event.id, 2),
        (False, "condition_false", event.id, 2),
    ]
    [action], [work] = await db.read(all_actions), await db.read(all_due)
    assert facts[0].actions == [action.id] and facts[1].actions == []
    assert (work.task, work.key, work.cause, work.depth) == ("action.dispatch", action.id, event.id, 2)
    assert work.payload == {"action_id": action.id, "kind": "email", "contact_id": "con_ada"}


async def test_a_redelivered_event_is_decided_once(db: Database) -> None:
    event = scored()
    await handle(db, on_leads_scored, [event, event])
    await handle(db, on_leads_scored, [event])
    assert len(await db.read(all_decisions)) == 2
    assert len(await db.read(all_actions)) == len(await db.read(all_due)) == 2
    assert len(await stated(db)) == 2


async def test_fifty_observations_and_edits_in_between_act_once(db: Database) -> None:
    for start in range(1, 50, 10):
        await handle(db, on_leads_scored, [scored(number=start + n) for n in range(10)])
        await db.write(edit, "Welcome", {"when": ANYBODY}, by=BY)
    assert await planned(db) == [("con_ada", "welcome", "once"), ("con_ada", "call", "once")]
    decisions = await db.read(all_decisions)
    assert len(decisions) == 100
    assert {one.journey_version for one in decisions if one.journey_name == "Welcome"} == {1, 2, 3, 4, 5}
    assert sum(one.acted for one in decisions) == 2


async def test_every_repeats_for_each_observation_and_once_remembers_it(db: Database) -> None:
    await db.write(edit, "Call hot leads", {"repeat": "every"}, by=BY)
    await handle(db, on_leads_scored, [scored(number=1), scored(number=2)])
    await db.write(edit, "Call hot leads", {"repeat": "once"}, by=BY)
    await handle(db, on_leads_scored, [scored(number=3)])
    calls = [occurrence for _, name, occurrence in await planned(db) if name == "call"]
    assert calls == ["obs_con_ada_1", "obs_con_ada_2"]


async def test_an_action_that_is_added_later_reaches_who_was_served_before(db: Database) -> None:
    await handle(db, on_leads_scored, [scored(number=1)])
    more = [
        {"kind": "task", "name": "call", "title": "Call again"},
        {"kind": "task", "name": "visit", "title": "Visit them"},
    ]
    await db.write(edit, "Call hot leads", {"actions": more}, by=BY)
    await handle(db, on_leads_scored, [scored(number=2)])
    assert [name for _, name, _ in await planned(db)] == ["welcome", "call", "visit"]


async def test_a_journey_that_is_off_decides_nothing(db: Database) -> None:
    await db.write(edit, "Welcome", {"on": False}, by=BY)
    await handle(db, on_leads_scored, [scored()])
    assert await decided(db) == [("Call hot leads", True, None)]


async def test_a_chain_of_facts_that_is_too_long_is_stopped_and_recorded(db: Database) -> None:
    await handle(db, on_leads_scored, [scored(depth=MAX_DEPTH)])
    assert await decided(db) == [("Welcome", False, "loop_depth"), ("Call hot leads", False, "loop_depth")]
    assert await planned(db) == []


async def test_the_newest_facts_of_a_lead_are_kept_whatever_comes_late(db: Database) -> None:
    await handle(db, on_leads_scored, [scored(number=2, grade="A"), scored(number=1, grade="C")])
    await handle(db, on_leads_scored, [scored(number=1, grade="C")])
    known = (await db.read(known_facts))["con_ada"]
    assert (known.sequence, known.facts["grade"]) == (2, "A")


async def test_two_workers_with_the_same_events_in_opposite_order_act_once(postgres_url: str) -> None:
    create_tables(postgres_url, tables.metadata)
    workers = [Database(postgres_url, service="test") for _ in range(2)]
    await workers[0].write(seed_templates, by=BY)
    await workers[0].write(journeys.seed, by=BY)
    contacts = [f"con_{n:02}" for n in range(10)]
    rounds = [[scored(contact, number) for contact in contacts] for number in range(1, 11)]
    await asyncio.gather(
        *(handle(workers[0], on_leads_scored, batch) for batch in rounds),
        *(handle(workers[1], on_leads_scored, batch[::-1]) for batch in reversed(rounds)),
    )
    decisions, actions = await workers[0].read(all_decisions), await workers[0].read(all_actions)
    due = await workers[0].read(all_due)
    facts = await stated(workers[0])
    for db in workers:
        await db.close()
    assert len(decisions) == len({(one.journey_id, one.observation_id) for one in decisions}) == 200
    assert sum(one.acted for one in decisions) == len(actions) == len(due) == 20
    assert {one.cause for one in decisions if not one.acted} == {"already_done"}
    assert len(facts) == 200


async def test_five_hundred_leads_take_hardly_more_statements_than_three(db: Database) -> None:
    three = await statements(handle(db, on_leads_scored, [scored(f"con_9{grade}", 1, grade) for grade in "ABC"]))
    many: list[Event] = [scored(f"con_{n:06}", 1, "ABC"[n % 3]) for n in range(500)]
    assert await statements(handle(db, on_leads_scored, many)) <= 2 * three
