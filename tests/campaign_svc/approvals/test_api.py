"""Approvals over HTTP: what may be asked by whom, and what is refused where it stands."""

from datetime import timedelta
from typing import Any

import pytest

from shared.types import zulu
from tests.campaign_svc.approvals.desk import PROPOSAL, SCOPES, Desk


async def test_a_proposal_waits_a_week_and_can_be_read(desk: Desk) -> None:
    async with desk.person("user:eve") as client:
        made = await client.post("/v1/approvals", json=PROPOSAL)
        read = await client.get(made.headers["Location"])
    shown = made.json()
    assert (made.status_code, made.headers["ETag"], read.json()) == (201, '"1"', shown)
    assert (shown["state"], shown["series"], shown["proposed_by"]) == ("waiting", "search/brand", "user:eve")
    assert zulu(desk.clock() + timedelta(days=6)) < shown["expires_at"] < zulu(desk.clock() + timedelta(days=8))


async def test_the_same_key_proposes_and_decides_once(desk: Desk) -> None:
    headers = {"Idempotency-Key": "one"}
    async with desk.person("user:eve") as eve, desk.person("user:ada") as ada:
        first, again = [await eve.post("/v1/approvals", json=PROPOSAL, headers=headers) for _ in range(2)]
        assert first.json() == again.json()
        body = {"content_hash": first.json()["content_hash"]}
        path = f"/v1/approvals/{first.json()['id']}/approve"
        yes, repeated = [await ada.post(path, json=body, headers=headers) for _ in range(2)]
    assert (yes.status_code, repeated.status_code, yes.json()) == (200, 200, repeated.json())
    assert len(await desk.listed()) == 1


async def test_approvals_are_found_by_state_and_campaign(desk: Desk) -> None:
    brand, shoes = await desk.proposed(), await desk.proposed(campaign="shoes")
    await desk.say("reject", brand)
    for filters, expected in [
        ({}, {brand["id"], shoes["id"]}),
        ({"state": "waiting"}, {shoes["id"]}),
        ({"state": "rejected"}, {brand["id"]}),
        ({"series": "search/shoes"}, {shoes["id"]}),
        ({"series": "search/shoes", "state": "expired"}, set()),
    ]:
        assert {one["id"] for one in await desk.listed(**filters)} == expected


async def test_pages_hold_every_approval_once(desk: Desk) -> None:
    made = {(await desk.proposed(campaign=f"c{n}"))["id"] for n in range(5)}
    seen: list[str] = []
    cursor: dict[str, str] | None = {}
    async with desk.person() as client:
        while cursor is not None:
            page = (await client.get("/v1/approvals", params={"limit": "2", **cursor})).json()
            seen += [one["id"] for one in page["items"]]
            cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    assert len(seen) == 5 and set(seen) == made


async def test_each_thing_needs_its_own_scope(desk: Desk) -> None:
    approval = await desk.proposed()
    body, path = {"content_hash": approval["content_hash"]}, f"/v1/approvals/{approval['id']}"
    asked: dict[str, list[tuple[str, str, Any]]] = {
        "approvals:read": [("GET", "/v1/approvals", None), ("GET", path, None)],
        "approvals:write": [("POST", "/v1/approvals", PROPOSAL)],
        "approvals:decide": [("POST", f"{path}/approve", body), ("POST", f"{path}/reject", body)],
        "budgets:read": [("GET", "/v1/budgets", None)],
    }
    for scope, requests in asked.items():
        async with desk.person(scopes=[other for other in SCOPES if other != scope]) as client:
            for method, where, what in requests:
                assert (await client.request(method, where, json=what)).status_code == 403, (method, where)


async def test_what_is_not_there_is_not_found(desk: Desk) -> None:
    async with desk.person() as client:
        body = {"content_hash": "sha256:" + 64 * "0"}
        assert (await client.get("/v1/approvals/apr_none")).status_code == 404
        assert (await client.post("/v1/approvals/apr_none/approve", json=body)).status_code == 404


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"daily_budget": {"amount": "-1.00", "currency": "EUR"}}, "/daily_budget"),
        ({"daily_budget": {"amount": "1.00"}}, "/daily_budget/currency"),
        ({"daily_budget": {"amount": 1.5, "currency": "EUR"}}, "/daily_budget/amount"),
        ({"daily_budget": {"amount": "9223372036854775808", "currency": "EUR"}}, "/daily_budget/amount"),
        ({"channel": "search/brand"}, "/channel"),
        ({"campaign": ""}, "/campaign"),
        ({"reason": "a\x00b"}, "/reason"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "/expires_at"),
        ({"expires_at": "2999-01-01T00:00:00Z"}, "/expires_at"),
        ({"proposed_by": "user:bob"}, "/proposed_by"),
    ],
)
async def test_bad_input_is_named_and_nothing_is_proposed(desk: Desk, changes: dict[str, Any], pointer: str) -> None:
    async with desk.person() as client:
        answer = await client.post("/v1/approvals", json=PROPOSAL | changes)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    assert await desk.listed() == []


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"content_hash": "sha256:no"}, "/content_hash"),
        ({"note": ""}, "/note"),
        ({"decided_by": "user:bob"}, "/decided_by"),
    ],
)
async def test_a_word_that_cannot_be_read_is_refused(desk: Desk, changes: dict[str, Any], pointer: str) -> None:
    approval = await desk.proposed()
    answer = await desk.say("approve", approval, **changes)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
