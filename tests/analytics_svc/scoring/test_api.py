"""Scores can be read with their reasons; points can be changed by who read them, as far as leads can answer them."""

from typing import Any

import httpx

from services.analytics_svc.scoring.handlers import on_leads_captured
from shared.database import Database
from tests.analytics_svc.rooms import handle, stated
from tests.analytics_svc.scoring.leads import A, B, C, captured

SIMPLE: dict[str, Any] = {
    "fit": [
        {
            "when": {"combinator": "and", "rules": [{"field": "country", "operator": "=", "value": "DE"}]},
            "points": 80,
            "reason": "lives where we are",
        }
    ],
    "engagement": [],
    "grades": {"A": 70, "B": 40},
}


async def test_a_score_shows_what_it_is_made_of(db: Database, client: httpx.AsyncClient) -> None:
    await handle(db, on_leads_captured, [captured(**A)])
    shown = (await client.get("/v1/scores/con_ada")).json()
    assert (shown["score"], shown["grade"], shown["points_version"]) == (85, "A", 1)
    assert sum(one["points"] for one in shown["contributions"]) == 85
    assert shown["as_of"] == "2026-01-31T09:30:00Z"
    history = (await client.get("/v1/scores/con_ada/history")).json()["items"]
    assert [(one["observation_id"], one["score"]) for one in history] == [("obs_con_ada_1", 85)]


async def test_scores_can_be_listed_by_grade(db: Database, client: httpx.AsyncClient) -> None:
    await handle(db, on_leads_captured, [captured(f"con_{n}", **facts) for n, facts in enumerate((A, B, C, B))])
    items = (await client.get("/v1/scores", params={"grade": "B", "limit": 1})).json()
    rest = await client.get("/v1/scores", params={"grade": "B", "limit": 1, "cursor": items["next_cursor"]})
    assert [items["items"][0]["contact_id"], rest.json()["items"][0]["contact_id"]] == ["con_3", "con_1"]


async def test_a_contact_without_a_score_is_not_found(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/scores/con_nobody")).status_code == 404
    assert (await client.get("/v1/scores/con_nobody/history")).status_code == 404


async def test_changed_points_hold_from_the_next_lead_and_old_scores_keep_theirs(
    db: Database, client: httpx.AsyncClient
) -> None:
    await handle(db, on_leads_captured, [captured(**C, country="DE")])
    read = await client.get("/v1/scoring/points")
    changed = await client.put("/v1/scoring/points", json=SIMPLE, headers={"If-Match": read.headers["ETag"]})
    assert (changed.status_code, changed.headers["ETag"], changed.json()["version"]) == (200, '"2"', 2)
    await handle(db, on_leads_captured, [captured("con_bob", **C, country="DE")])
    scored = await stated(db)
    assert [(event.score, event.grade, event.points_version) for event in scored] == [(15, "C", 1), (80, "A", 2)]
    assert (await client.get("/v1/scores/con_ada")).json()["points_version"] == 1
    assert (await client.get("/v1/scoring/points/versions/1")).json()["fit"] == read.json()["fit"]


async def test_points_are_changed_only_by_who_knows_the_newest(client: httpx.AsyncClient) -> None:
    assert (await client.put("/v1/scoring/points", json=SIMPLE)).status_code == 428
    await client.put("/v1/scoring/points", json=SIMPLE, headers={"If-Match": '"1"'})
    assert (await client.put("/v1/scoring/points", json=SIMPLE, headers={"If-Match": '"1"'})).status_code == 412


async def test_a_rule_about_an_unknown_field_is_refused_where_it_stands(client: httpx.AsyncClient) -> None:
    wrong = SIMPLE["fit"][0] | {
        "when": {"combinator": "and", "rules": [{"field": "shoes", "operator": "=", "value": 4}]}
    }
    answer = await client.put(
        "/v1/scoring/points", json=SIMPLE | {"fit": [SIMPLE["fit"][0], wrong]}, headers={"If-Match": '"1"'}
    )
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/fit/1/when/rules/0/field"]


async def test_grades_that_overlap_are_refused(client: httpx.AsyncClient) -> None:
    answer = await client.put(
        "/v1/scoring/points", json=SIMPLE | {"grades": {"A": 10, "B": 10}}, headers={"If-Match": '"1"'}
    )
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/grades")
