"""Endpoints over HTTP: a secret that is shown once, versions, a test message, and no address that is not public."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlmodel import Session

from services.campaign_svc.webhooks import endpoints
from services.campaign_svc.webhooks.models import WebhookEndpoint
from shared.database.tables import KERNEL
from tests.campaign_svc.webhooks.receiver import answer, told
from tests.campaign_svc.webhooks.world import World

LOCAL = {"name": "crm", "url": "http://127.0.0.1:9/hook"}


async def test_the_secret_is_shown_by_the_answer_that_made_it_and_by_none_after(world: World) -> None:
    async with world.client() as client:
        made = await client.post("/v1/webhooks", json=LOCAL | {"description": "The CRM."})
        path = made.headers["Location"]
        shown = await client.get(path)
        listed = (await client.get("/v1/webhooks")).json()["items"]
    secret = made.json().pop("secret")
    assert secret.startswith("whsec_") and listed == [shown.json()]
    assert made.json() == shown.json() | {"secret": secret}
    assert made.headers["ETag"] == shown.headers["ETag"] == '"1"'
    assert shown.json()["description"] == "The CRM." and shown.json()["on"] is True


async def test_the_secret_is_sealed_in_the_row_and_not_kept_with_the_idempotency_key(world: World) -> None:
    headers = {"Idempotency-Key": "one"}
    async with world.client() as client:
        first, again = [await client.post("/v1/webhooks", json=LOCAL, headers=headers) for _ in range(2)]
    assert first.json() == again.json() and again.headers["Idempotency-Replayed"] == "true"
    secret = first.json()["secret"]
    assert secret not in await world.db.read(_stored_results)
    row = await world.db.read(lambda session: session.get(WebhookEndpoint, first.json()["id"]))
    assert row is not None and secret.encode() not in row.secret


async def test_a_repeated_request_does_not_show_the_secret_that_took_the_place_of_its_own(world: World) -> None:
    headers = {"Idempotency-Key": "one"}
    async with world.client() as client:
        made = await client.post("/v1/webhooks", json=LOCAL, headers=headers)
        newer = await client.post(f"{made.headers['Location']}/rotate", headers={"If-Match": '"1"'})
        again = await client.post("/v1/webhooks", json=LOCAL, headers=headers)
    assert (newer.status_code, again.status_code) == (200, 409)
    assert newer.json()["secret"] not in again.text and "rotate" in again.json()["detail"]


async def test_a_name_is_given_once(world: World) -> None:
    async with world.client() as client:
        assert (await client.post("/v1/webhooks", json=LOCAL)).status_code == 201
        assert (await client.post("/v1/webhooks", json=LOCAL)).status_code == 409
    assert await world.db.read(endpoints.names, {"crm", "erp"}) == {"crm"}
    assert await world.db.read(endpoints.names, set()) == set()


async def test_a_change_needs_the_version_it_was_decided_on(world: World) -> None:
    made = await world.endpoint(LOCAL["url"])
    path, patch = f"/v1/webhooks/{made['id']}", {"on": False, "description": "Asleep."}
    async with world.client() as client:
        assert (await client.patch(path, json=patch)).status_code == 428
        assert (await client.patch(path, json=patch, headers={"If-Match": '"7"'})).status_code == 412
        changed = await client.patch(path, json=patch, headers={"If-Match": '"1"'})
    shown = changed.json()
    assert (shown["on"], shown["description"], shown["url"]) == (False, "Asleep.", LOCAL["url"])
    assert (changed.headers["ETag"], shown["version"]) == ('"2"', 2)


async def test_while_a_secret_is_replaced_messages_carry_both_signatures_and_later_the_new_one(world: World) -> None:
    async with told() as receiver:
        old = await world.endpoint(receiver.url)
        async with world.client() as client:
            rotated = await client.post(
                f"/v1/webhooks/{old['id']}/rotate", json={"overlap_seconds": 3_600}, headers={"If-Match": '"1"'}
            )
        new = rotated.json()
        await world.plan()
        await world.work()
        await world.plan()
        await world.work(later=timedelta(hours=1))
    both, one = receiver.messages
    assert both.verified(old["secret"]) == both.verified(new["secret"])
    assert old["secret"] != new["secret"] and new["old_secret_until"] is not None
    assert len(both.headers["webhook-signature"].split()) == 2
    assert len(one.headers["webhook-signature"].split()) == 1


async def test_a_secret_that_leaked_is_replaced_at_once(world: World) -> None:
    async with told() as receiver:
        old = await world.endpoint(receiver.url)
        async with world.client() as client:
            await client.post(f"/v1/webhooks/{old['id']}/rotate", headers={"If-Match": '"1"'})
            rotated = await client.post(
                f"/v1/webhooks/{old['id']}/rotate", json={"overlap_seconds": 0}, headers={"If-Match": '"2"'}
            )
        await world.plan()
        await world.work()
    (message,) = receiver.messages
    assert len(message.headers["webhook-signature"].split()) == 1
    assert message.verified(rotated.json()["secret"])
    assert rotated.json()["old_secret_until"] is None


async def test_a_test_message_is_sent_now_and_what_came_back_is_told(world: World) -> None:
    async with told(answer(503, b"we are closed"), answer(200)) as receiver:
        made = await world.endpoint(receiver.url, on=False)
        async with world.client() as client:
            failed, passed = [await client.post(f"/v1/webhooks/{made['id']}/test") for _ in range(2)]
    assert (failed.status_code, passed.status_code) == (200, 200)
    told_of = failed.json()
    assert (told_of["accepted"], told_of["status"], told_of["reason"]) == (False, 503, "It answered 503.")
    assert "closed" not in failed.text and told_of["duration_ms"] >= 0
    assert (passed.json()["accepted"], passed.json()["reason"]) == (True, None)
    said = receiver.messages[0].verified(made["secret"])
    assert said["type"] == "webhook.test" and said["data"] == {"endpoint_id": made["id"], "name": "crm"}
    assert receiver.messages[0].id == told_of["webhook_id"] != receiver.messages[1].id


async def test_what_waits_for_a_deleted_endpoint_fails_and_its_log_can_be_read(world: World) -> None:
    async with told(answer(500)) as receiver:
        made = await world.endpoint(receiver.url)
        (action,) = await world.plan()
        await world.work()
        async with world.client() as client:
            await client.delete(f"/v1/webhooks/{made['id']}", headers={"If-Match": '"1"'})
        await world.work(later=timedelta(seconds=5))
    reason = "There is no webhook endpoint of this name any more."
    assert await world.states(action) == [("failed", reason)]
    shown = await world.delivery_of(action)
    assert (shown["state"], shown["reason"], shown["endpoint"]) == ("failed", reason, "crm")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"url": "ftp://example.com/"}, "/url"),
        ({"url": "http://user:word@example.com/"}, "/url"),
        ({"url": ""}, "/url"),
        ({"url": "https://example.com/" + "x" * 3_000}, "/url"),
        ({"url": "https://example.com/a\x00b"}, "/url"),
        ({"url": "https://example.com/\ud800"}, "/url"),
        ({"url": None}, "/url"),
        ({"name": "The CRM"}, "/name"),
        ({"on": "yes"}, "/on"),
        ({"secret": "whsec_mine"}, "/secret"),
        ({"description": "a\x00b"}, "/description"),
    ],
)
async def test_bad_input_is_named_and_nothing_is_stored(world: World, fields: dict[str, Any], pointer: str) -> None:
    body, headers = json.dumps(LOCAL | fields), {"Content-Type": "application/json"}
    async with world.client() as client:
        refused = await client.post("/v1/webhooks", content=body, headers=headers)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer), refused.text
        assert (await client.get("/v1/webhooks")).json()["items"] == []


@pytest.mark.parametrize("overlap", [-1, 604_801, "a day", None])
async def test_an_overlap_is_at_most_a_week(world: World, overlap: Any) -> None:
    made = await world.endpoint(LOCAL["url"])
    async with world.client() as client:
        refused = await client.post(
            f"/v1/webhooks/{made['id']}/rotate", json={"overlap_seconds": overlap}, headers={"If-Match": '"1"'}
        )
    assert refused.status_code == 422


async def test_reading_and_writing_need_their_own_scopes(world: World) -> None:
    made = await world.endpoint(LOCAL["url"])
    path = f"/v1/webhooks/{made['id']}"

    def writes(client: httpx.AsyncClient) -> list[Any]:
        return [
            *(client.post("/v1/webhooks", json=LOCAL), client.patch(path, json={"on": True}), client.delete(path)),
            *(client.post(f"{path}/test"), client.post(f"{path}/rotate", headers={"If-Match": '"1"'})),
            client.post("/v1/webhook-deliveries/dlv_1/redeliver"),
        ]

    def reads(client: httpx.AsyncClient) -> list[Any]:
        paths = ["/v1/webhooks", path, f"{path}/deliveries", "/v1/webhook-deliveries/dlv_1"]
        return [client.get(one) for one in paths]

    async with world.client(scopes=["webhooks:read"]) as client:
        assert [(await call).status_code for call in writes(client)] == [403] * 6
    async with world.client(scopes=["webhooks:write"]) as client:
        assert [(await call).status_code for call in reads(client)] == [403] * 4


def _stored_results(session: Session) -> str:
    (result,) = session.execute(KERNEL.idempotency_keys.select()).mappings()
    return str(dict(result))
