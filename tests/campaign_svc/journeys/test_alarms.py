"""Alarms and changes of channels are decided about once for each revision, and planned for once for each occasion."""

import asyncio

import httpx

from services.campaign_svc import journeys
from services.campaign_svc.journeys.handlers import HANDLERS
from services.campaign_svc.tables import tables
from shared.database import Database
from shared.events import Event
from tests.analytics_svc.rooms import BY, handle, stated
from tests.campaign_svc.journeys.alarms import alarm, changed
from tests.campaign_svc.journeys.stored import a_receiver, all_actions, all_decisions, all_due, edit
from tests.fixtures import create_tables

LOOK = "Look at alarms"


async def handled(db: Database, *events: Event) -> None:
    await handle(db, HANDLERS[type(events[0])], events)


async def verdicts(db: Database) -> list[tuple[str, int, bool, str | None]]:
    return [(one.occasion, one.revision, one.acted, one.cause) for one in await db.read(all_decisions)]


async def occurrences(db: Database) -> list[str]:
    return [one.occurrence for one in await db.read(all_actions)]


async def test_an_alarm_is_a_task_for_somebody_to_look(db: Database) -> None:
    event = alarm()
    await handled(db, event)
    [decision], [action], [due] = await db.read(all_decisions), await db.read(all_actions), await db.read(all_due)
    assert (decision.journey_name, decision.acted, decision.about) == (LOOK, True, "search/brand")
    assert (decision.contact_id, decision.observation_id, decision.occasion) == (None, None, "ano_brand_1")
    assert (decision.inputs["actual"], decision.inputs["day"]) == ("410.25", "2026-01-30")
    assert (action.kind, action.about, action.contact_id, action.occurrence) == (
        "task",
        "search/brand",
        None,
        "ano_brand_1",
    )
    assert action.config["facts"]["reason"] == event.reason
    assert (due.task, due.key, due.cause, due.depth) == ("action.dispatch", action.id, event.id, 3)


async def test_the_decision_leaves_under_what_it_is_about(db: Database) -> None:
    event = alarm()
    await handled(db, event)
    [fact] = await stated(db)
    assert (fact.key, fact.about, fact.contact_id, fact.occasion) == (
        "search/brand",
        "search/brand",
        None,
        event.subject,
    )
    assert (fact.acted, fact.cause, fact.depth) == (True, event.id, 3)


async def test_each_alarm_of_a_campaign_is_one_task_and_the_same_one_again_is_none(db: Database) -> None:
    await handled(db, alarm(number=1), alarm(number=1), alarm(number=2))
    await handled(db, alarm(number=1), alarm(number=2, revision=2))
    assert await occurrences(db) == ["ano_brand_1", "ano_brand_2"]
    assert await verdicts(db) == [
        ("ano_brand_1", 1, True, None),
        ("ano_brand_2", 1, True, None),
        ("ano_brand_2", 2, False, "already_done"),
    ]


async def test_two_revisions_in_one_batch_plan_once(db: Database) -> None:
    await handled(db, alarm(revision=1), alarm(revision=2))
    assert await occurrences(db) == ["ano_brand_1"]
    assert [acted for _, _, acted, _ in await verdicts(db)] == [True, False]


async def test_an_alarm_that_is_taken_back_says_so_and_plans_nothing(db: Database) -> None:
    await handled(db, alarm(revision=1))
    await handled(db, alarm(revision=2, standing=False))
    await handled(db, alarm(revision=3))
    assert await occurrences(db) == ["ano_brand_1"]
    assert [(acted, cause) for _, _, acted, cause in await verdicts(db)] == [
        (True, None),
        (False, "condition_false"),
        (False, "already_done"),
    ]


async def test_a_notice_that_becomes_an_alarm_is_looked_at(db: Database) -> None:
    await handled(db, alarm(revision=1, severity="notice"))
    await handled(db, alarm(revision=2))
    assert [(acted, cause) for _, _, acted, cause in await verdicts(db)] == [(False, "condition_false"), (True, None)]


async def test_an_older_word_about_an_alarm_that_comes_late_plans_nothing(db: Database) -> None:
    await handled(db, alarm(revision=2, standing=False))
    await handled(db, alarm(revision=1))
    assert await occurrences(db) == []
    assert await verdicts(db) == [("ano_brand_1", 2, False, "condition_false")]


async def test_conditions_compare_exact_figures(db: Database) -> None:
    above = {"combinator": "and", "rules": [{"field": "actual", "operator": ">", "value": 410}]}
    await db.write(edit, LOOK, {"when": above}, by=BY)
    await handled(db, alarm(number=1, actual="410.00"), alarm(number=2, actual="410.000000001"))
    assert await occurrences(db) == ["ano_brand_2"]


async def test_once_serves_a_campaign_once_and_another_campaign_too(db: Database) -> None:
    await db.write(edit, LOOK, {"repeat": "once"}, by=BY)
    await handled(db, alarm("brand", 1), alarm("brand", 2), alarm("shoes", 1))
    await handled(db, alarm("brand", 3))
    assert [(one.about, one.occurrence) for one in await db.read(all_actions)] == [
        ("search/brand", "once"),
        ("search/shoes", "once"),
    ]


async def test_a_channel_that_got_worse_is_a_task_and_one_that_got_better_is_not(db: Database) -> None:
    await handled(db, changed("search"), changed("social", direction="better"), changed("search", number=2))
    assert [(one.about, one.occurrence, one.name) for one in await db.read(all_actions)] == [
        ("search", "chg_search_1", "look"),
        ("search", "chg_search_2", "look"),
    ]


async def test_an_alarm_and_a_change_about_one_name_are_two_things(db: Database) -> None:
    """A channel may be called as a campaign is: neither hides the other."""
    await handled(db, alarm().model_copy(update={"series": "search"}))
    await handled(db, changed("search"))
    assert len(await db.read(all_actions)) == 2


async def test_a_webhook_action_is_delivered_by_its_own_work(db: Database) -> None:
    tell = {"kind": "webhook", "name": "tell", "endpoint": "crm"}
    await db.write(a_receiver, "crm", by=BY)
    await db.write(edit, LOOK, {"actions": [tell]}, by=BY)
    await handled(db, alarm())
    [action], [due] = await db.read(all_actions), await db.read(all_due)
    assert (due.task, due.key) == ("webhook.deliver", action.id)
    assert due.payload == {"action_id": action.id, "kind": "webhook", "contact_id": None}
    assert action.config | {"facts": 0} == {"endpoint": "crm", "facts": 0}


async def test_an_alarm_can_be_tried(db: Database, client: httpx.AsyncClient) -> None:
    await handled(db, alarm(number=1, severity="notice"), alarm(number=2))
    journey = next(one for one in (await client.get("/v1/journeys")).json()["items"] if one["name"] == LOOK)
    path = f"/v1/journeys/{journey['id']}/try"
    tried = (await client.post(path, json={"about": "search/brand"})).json()
    assert (tried["would_act"], tried["about"], tried["contact_id"]) == (True, "search/brand", None)
    assert tried["inputs"]["anomaly_id"] == "ano_brand_2"
    assert (await client.post(path, json={"about": "search/none"})).status_code == 404
    for neither_nor_both in ({}, {"about": "search/brand", "contact_id": "con_ada"}):
        assert (await client.post(path, json=neither_nor_both)).status_code == 422


async def test_trying_compares_figures_as_deciding_does(db: Database, client: httpx.AsyncClient) -> None:
    await handled(db, alarm())
    above = {"combinator": "and", "rules": [{"field": "actual", "operator": ">", "value": 400}]}
    look = {"kind": "task", "name": "look", "title": "Check {{ campaign }}"}
    wanted = {"name": "Dear", "entry": "anomaly.detected", "when": above, "repeat": "every", "actions": [look]}
    made = await client.post("/v1/journeys", json=wanted)
    assert made.status_code == 201, made.text
    tried = (await client.post(f"/v1/journeys/{made.json()['id']}/try", json={"about": "search/brand"})).json()
    assert (tried["would_act"], tried["conditions"]["rules"][0]["actual"]) == (True, "410.25")


async def test_decisions_are_found_by_what_they_are_about(db: Database, client: httpx.AsyncClient) -> None:
    await handled(db, alarm("brand"), alarm("shoes"))
    found = (await client.get("/v1/decisions", params={"about": "search/shoes"})).json()["items"]
    assert [(one["occasion"], one["contact_id"], one["observation_id"]) for one in found] == [
        ("ano_shoes_1", None, None)
    ]
    assert (await client.get("/v1/decisions", params={"contact": "search/shoes"})).json()["items"] == []


async def test_two_workers_with_the_same_alarms_in_opposite_order_plan_once(postgres_url: str) -> None:
    create_tables(postgres_url, tables.metadata)
    workers = [Database(postgres_url, service="test") for _ in range(2)]
    await workers[0].write(journeys.seed, by=BY)
    rounds: list[list[Event]] = [[alarm(f"c{n:02}", 1, revision) for n in range(10)] for revision in range(1, 6)]
    await asyncio.gather(
        *(handled(workers[0], *batch) for batch in rounds),
        *(handled(workers[1], *batch[::-1]) for batch in reversed(rounds)),
    )
    decisions, actions = await workers[0].read(all_decisions), await workers[0].read(all_actions)
    for db in workers:
        await db.close()
    assert len({(one.occasion, one.revision) for one in decisions}) == len(decisions)
    assert len(actions) == sum(one.acted for one in decisions) == 10
