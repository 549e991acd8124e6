"""What a person's API key has proposed is that person's proposal: somebody else must approve it."""

from datetime import timedelta

from services.campaign_svc.access.handlers import on_api_keys_changed
from shared.access.apikeys import api_keys, hash_of, new_secret
from shared.clock import utc_now
from shared.contracts.customer import ApiKeyChanged
from shared.database import Tx
from shared.principal import Principal
from tests.analytics_svc.rooms import handle
from tests.campaign_svc.approvals.desk import PROPOSAL, Desk

SECRET = new_secret()


def keep(tx: Tx, made_by: str) -> None:
    row = {"id": "key_1", "version": 1, "secret_hash": hash_of(SECRET), "roles": [], "scopes": ["approvals:write"]}
    tx.session.execute(api_keys.insert().values(**row, made_by=made_by, expires_at=tx.now + timedelta(days=1)))


async def test_what_a_key_proposed_its_maker_does_not_approve(desk: Desk) -> None:
    await desk.db.write(keep, "user:ada", by=Principal.service("campaign"))
    async with desk.person() as program:
        answer = await program.post("/v1/approvals", json=PROPOSAL, headers={"Authorization": f"Bearer {SECRET}"})
    assert (answer.status_code, answer.json()["proposed_by"]) == (201, "key:key_1")
    by_hand = await desk.proposed("user:ada", campaign="other")
    refused = [await desk.say("approve", one, by="user:ada") for one in (answer.json(), by_hand)]
    assert refused[0].status_code == refused[1].status_code == 403
    assert refused[0].json()["type"] == refused[1].json()["type"]
    assert (await desk.say("approve", answer.json(), by="user:eve")).status_code == 200


async def test_what_a_key_proposed_none_approves_who_was_shown_a_secret_of_it(desk: Desk) -> None:
    """Ada made it and proposes; Bob rotates it. Either may have been who proposed."""
    await desk.db.write(keep, "user:ada", by=Principal.service("campaign"))
    async with desk.person() as program:
        proposed = await program.post("/v1/approvals", json=PROPOSAL, headers={"Authorization": f"Bearer {SECRET}"})
    rotated = ApiKeyChanged(
        key_id="key_1",
        secret_hash=hash_of(new_secret()),
        made_by="user:ada",
        rotated_by=["user:bob"],
        expires_at=utc_now() + timedelta(days=1),
        sequence=2,
        occurred_at=utc_now(),
    )
    await handle(desk.db, on_api_keys_changed, [rotated])
    for name in ("user:ada", "user:bob"):
        refused = await desk.say("approve", proposed.json(), by=name)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/own-proposal")
    assert (await desk.say("approve", proposed.json(), by="user:eve")).status_code == 200
