"""An API key is made in one service and good in all three: what its owner says of it travels as facts."""

from pathlib import Path
from typing import Any

from services.campaign_svc.access.handlers import on_api_keys_changed
from services.customer_svc.access.handlers import on_keys_used
from shared.contracts.campaign import CampaignKeyUsed
from shared.contracts.customer import ApiKeyChanged
from tests.analytics_svc.rooms import handle, stated
from tests.services.access.standing import ADMIN, Standing, standing


async def let_in(here: Standing, secret: str) -> int:
    return (await here.client.get("/v1/journeys", headers={"Authorization": f"Bearer {secret}"})).status_code


async def facts_of(here: Standing, kind: type[Any]) -> list[Any]:
    return [fact for fact in await stated(here.app.state.runtime.db) if isinstance(fact, kind)]


async def test_a_key_is_good_elsewhere_until_it_is_revoked_and_its_use_is_told(tmp_path: Path) -> None:
    homes = [tmp_path / name for name in ("customer", "campaign")]
    for home in homes:
        home.mkdir()
    urls = [f"sqlite:///{home}/test.db" for home in homes]
    async with standing("customer", urls[0], homes[0]) as owner, standing("campaign", urls[1], homes[1]) as other:
        here, there = owner.app.state.runtime.db, other.app.state.runtime.db
        asked = {"name": "dashboard", "roles": ["viewer"]}
        key = (await owner.client.post("/v1/api-keys", json=asked, headers=ADMIN)).json()
        assert await let_in(other, key["secret"]) == 401

        made = [fact for fact in await facts_of(owner, ApiKeyChanged) if fact.key_id == key["id"]]
        await handle(there, on_api_keys_changed, made)
        assert await let_in(other, key["secret"]) == 200

        used = await facts_of(other, CampaignKeyUsed)
        assert [fact.key_id for fact in used] == [key["id"]]
        await handle(here, on_keys_used, used)
        shown = await owner.client.get(f"/v1/api-keys/{key['id']}", headers=ADMIN)
        assert shown.json()["last_used_at"] is not None

        await owner.client.post(f"/v1/api-keys/{key['id']}/revoke", headers=ADMIN)
        told = [fact for fact in await facts_of(owner, ApiKeyChanged) if fact.key_id == key["id"]]
        await handle(there, on_api_keys_changed, [*reversed(told), *made])
        assert await let_in(other, key["secret"]) == 401
        assert key["secret"] not in "".join(map(repr, told))
