"""API keys over their life: made, shown once, used, rotated, expired, revoked; and never more than their maker may."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import Session

from services.customer_svc.tables import tables
from shared.access.apikeys import api_keys, hash_of
from shared.contracts.access import SCOPES_OF
from tests.clocks import Shifted
from tests.customer_svc.access.office import Office, asked_for, bearer, open_office
from tests.fixtures import MakeDatabase

DAY = 24 * 3_600


@pytest.fixture
async def office(make_database: MakeDatabase, tmp_path: Path) -> AsyncIterator[Office]:
    clock = Shifted()
    async with open_office(make_database(tables.metadata, clock=clock), clock, tmp_path) as opened:
        yield opened


def kept(session: Session) -> str:
    return repr(session.execute(select(api_keys)).all())


async def test_a_key_lets_in_to_what_it_may_and_its_secret_is_shown_once(office: Office) -> None:
    key = await office.made()
    assert await office.let_in(key["secret"]) == (200, "")
    refused = await office.client.post("/v1/api-keys", json=asked_for(), headers=bearer(key["secret"]))
    assert (refused.status_code, "api-keys:write" in refused.json()["detail"]) == (403, True)
    listed = await office.client.get("/v1/api-keys", headers=office.person())
    told = (listed.text, str(await office.shown(key)), str(await office.facts()), await office.runtime.db.read(kept))
    assert not [text for text in told if key["secret"] in text]
    assert (await office.shown(key))["hint"] == key["secret"][:8]
    assert [fact.secret_hash for fact in await office.facts()] == [hash_of(key["secret"])]


async def test_the_same_request_again_makes_no_second_key_and_does_not_show_the_secret(office: Office) -> None:
    headers = office.person() | {"Idempotency-Key": "make-one"}
    first = await office.client.post("/v1/api-keys", json=asked_for(), headers=headers)
    again = await office.client.post("/v1/api-keys", json=asked_for(), headers=headers)
    assert (again.status_code, again.json()) == (201, first.json() | {"secret": None})


async def test_a_key_expires(office: Office) -> None:
    key = await office.made(expires_in_days=1)
    office.later(DAY - 60)
    assert (await office.let_in(key["secret"]))[0] == 200
    office.later(120)
    assert await office.let_in(key["secret"]) == (401, "This API key has expired; rotate it.")
    assert (await office.shown(key))["state"] == "expired"


async def test_after_a_rotation_the_old_secret_is_good_for_the_grace_and_no_longer(office: Office) -> None:
    key = await office.made()
    new = (await office.say("rotate", key, grace_seconds=3_600)).json()
    assert (new["id"], new["version"]) == (key["id"], 2)
    assert [(await office.let_in(secret))[0] for secret in (key["secret"], new["secret"])] == [200, 200]
    office.later(3_601)
    assert (await office.let_in(key["secret"]))[0] == 401
    assert (await office.let_in(new["secret"]))[0] == 200


async def test_a_leaked_secret_is_rotated_without_grace(office: Office) -> None:
    key = await office.made()
    new = (await office.say("rotate", key, grace_seconds=0)).json()
    assert await office.let_in(key["secret"]) == (401, "This API key has been rotated; use the new secret.")
    assert (await office.let_in(new["secret"]))[0] == 200


async def test_while_two_secrets_are_good_there_is_no_third_that_would_end_one_in_use(office: Office) -> None:
    key = await office.made()
    new = (await office.say("rotate", key, grace_seconds=3_600)).json()
    refused = await office.say("rotate", key, grace_seconds=7_200)
    assert (refused.status_code, "`lost`" in refused.json()["detail"]) == (409, True)
    assert [(await office.let_in(secret))[0] for secret in (key["secret"], new["secret"])] == [200, 200]
    office.later(3_601)
    newest = (await office.say("rotate", key, grace_seconds=7_200)).json()
    assert [(await office.let_in(secret))[0] for secret in (key["secret"], new["secret"])] == [401, 200]
    assert (await office.let_in(newest["secret"]))[0] == 200


async def test_a_secret_that_reached_nobody_is_replaced_and_the_one_in_use_stays(office: Office) -> None:
    """Its answer was lost, say. The grace that runs is neither cut nor stretched."""
    key = await office.made()
    lost = (await office.say("rotate", key, grace_seconds=3_600)).json()
    new = (await office.say("rotate", key, lost=True)).json()
    assert new["former_until"] == lost["former_until"]
    assert [(await office.let_in(one["secret"]))[0] for one in (key, lost, new)] == [200, 401, 200]
    office.later(3_601)
    assert [(await office.let_in(one["secret"]))[0] for one in (key, lost, new)] == [401, 401, 200]


async def test_while_two_secrets_are_good_a_leak_ends_both(office: Office) -> None:
    key = await office.made()
    new = (await office.say("rotate", key, grace_seconds=3_600)).json()
    newest = (await office.say("rotate", key, grace_seconds=0)).json()
    assert [(await office.let_in(one["secret"]))[0] for one in (key, new, newest)] == [401, 401, 200]


async def test_who_rotates_a_key_did_not_make_it(office: Office) -> None:
    """Both were shown a secret, and every service is told of both."""
    key = await office.made()
    for name in ("bob", "ada", "bob"):
        shown = (await office.say("rotate", key, headers=office.person(name=name), grace_seconds=0)).json()
    assert (shown["made_by"], shown["rotated_by"]) == ("user:ada", ["user:bob"])
    assert [(fact.made_by, fact.rotated_by) for fact in await office.facts()][::3] == [
        ("user:ada", []),
        ("user:ada", ["user:bob"]),
    ]


async def test_a_revoked_key_is_good_for_nothing_at_once_and_stays_so(office: Office) -> None:
    key = await office.made()
    assert (await office.let_in(key["secret"]))[0] == 200
    revoked = await office.say("revoke", key)
    assert (revoked.status_code, revoked.json()["state"]) == (200, "revoked")
    assert await office.let_in(key["secret"]) == (401, "This API key has been revoked.")
    assert (await office.say("revoke", key)).json() == revoked.json()
    assert (await office.say("rotate", key)).status_code == 409


async def test_a_key_is_rotated_by_who_saw_it_as_it_is(office: Office) -> None:
    """Two who rotate at once would each hold a secret, and one of them be wrong."""
    key = await office.made()
    old = office.person() | {"If-Match": '"1"'}
    assert (await office.read(key)).headers["etag"] == '"1"'
    assert (await office.say("rotate", key, headers=old)).headers["etag"] == '"2"'
    assert (await office.say("rotate", key, headers=old)).status_code == 412
    assert (await office.say("revoke", key, headers=old)).status_code == 412
    assert (await office.shown(key))["state"] == "active"
    bare = await office.client.post(f"/v1/api-keys/{key['id']}/rotate", json={}, headers=office.person())
    leaked = await office.client.post(f"/v1/api-keys/{key['id']}/revoke", headers=office.person())
    assert (bare.status_code, leaked.status_code, leaked.headers["etag"]) == (428, 200, '"3"')


async def test_nobody_hands_on_more_than_they_have(office: Office) -> None:
    deputy = office.person(scopes=("api-keys:write", *SCOPES_OF["sales"]))
    wanted: tuple[tuple[list[str], list[str], int], ...]
    wanted = ((["sales"], [], 201), (["admin"], [], 403), ([], ["leads:write"], 201), ([], ["dead-letters:open"], 403))
    for roles, scopes, status in wanted:
        asked = asked_for(roles=roles, scopes=scopes)
        made = await office.client.post("/v1/api-keys", json=asked, headers=deputy)
        assert made.status_code == status, asked
    key = await office.made(roles=["admin"])
    assert (await office.say("rotate", key, headers=deputy)).status_code == 403


async def test_a_key_makes_no_keys(office: Office) -> None:
    key = await office.made(roles=["admin"])
    made = await office.client.post("/v1/api-keys", json=asked_for(), headers=bearer(key["secret"]))
    rotated = await office.say("rotate", key, headers=bearer(key["secret"]))
    assert [made.status_code, rotated.status_code] == [403, 403]
    assert "ask with a token" in made.json()["detail"] == rotated.json()["detail"]


async def test_a_role_or_scope_that_is_none_is_named(office: Office) -> None:
    asked = asked_for(roles=["service", "owner"], scopes=["leads:eat"])
    answer = await office.client.post("/v1/api-keys", json=asked, headers=office.person())
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/roles/1", "/scopes/0"]
    empty = await office.client.post("/v1/api-keys", json=asked_for(roles=[]), headers=office.person())
    assert [error["pointer"] for error in empty.json()["errors"]] == ["/roles"]


async def test_use_is_noted_to_the_hour_and_not_with_every_request(office: Office) -> None:
    key = await office.made()
    assert (await office.shown(key))["last_used_at"] is None
    seen = []
    for seconds in (0, 1_800, 1_900):
        office.later(seconds)
        await office.let_in(key["secret"])
        seen.append((await office.shown(key))["last_used_at"])
    assert seen[0] == seen[1] < seen[2]


@pytest.mark.parametrize("guess", ["rmk_", "rmk_" + "0" * 49, "rmk_ä", "RMK_" + "1" * 49])
async def test_what_is_no_key_is_refused(office: Office, guess: str) -> None:
    answer = await office.client.get("/v1/companies", headers={b"Authorization": f"Bearer {guess}".encode()})
    assert (answer.status_code, guess in answer.text) == (401, False)
