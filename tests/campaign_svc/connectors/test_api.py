"""Connectors over HTTP: what is refused, what is never shown, and what a trial shows."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.campaign_svc.connectors.models import Connector
from services.demo.network import MAPPING, TOKEN, AdNetwork
from shared.database.sql import table_of
from tests.campaign_svc.connectors.network import FaultyNetwork, Held, refusing, truncated
from tests.campaign_svc.connectors.world import Json, World

AUTH = {"kind": "bearer", "credential": TOKEN}


def wanted(**given: Any) -> Json:
    return AdNetwork(date(2026, 1, 31)).connector("http://127.0.0.1:9") | given


async def test_a_connector_is_shown_without_its_credential_everywhere(world: World, network: FaultyNetwork) -> None:
    created = await world.create(network.connector(network.url))
    path = f"/v1/connectors/{created['id']}"
    shown = [str(created), (await world.client.get(path)).text, (await world.client.get("/v1/connectors")).text]
    stored = await world.db.read(lambda session: str(session.execute(select(table_of(Connector))).mappings().all()))
    assert all(TOKEN not in text for text in [*shown, stored])
    assert created["auth"] == {"kind": "bearer"}
    assert (created["mapping"]["spend"], created["version"]) == (MAPPING["spend"], 1)


async def test_a_connector_is_changed_by_who_read_its_version(world: World) -> None:
    connector = await world.create(wanted(enabled=False))
    path = f"/v1/connectors/{connector['id']}"
    assert (await world.client.put(path, json=wanted())).status_code == 428
    changed = await world.change(connector, wanted(every_seconds=900, enabled=False))
    assert (changed.status_code, changed.headers["etag"], changed.json()["every_seconds"]) == (200, '"2"', 900)
    assert (await world.change(connector, wanted())).status_code == 412


@pytest.mark.parametrize("enabled", [True, False])
async def test_a_change_that_says_nothing_of_it_switches_no_connector(world: World, enabled: bool) -> None:
    connector = await world.create(wanted(enabled=enabled))
    corrected = {name: value for name, value in wanted(name="Search").items() if name != "enabled"}
    changed = (await world.change(connector, corrected)).json()
    assert (changed["name"], changed["enabled"], changed["next_pull_id"] is not None) == ("Search", enabled, enabled)


async def test_a_name_is_given_once(world: World) -> None:
    await world.create(wanted(enabled=False))
    other = await world.create(wanted(enabled=False, name="Other"))
    assert (await world.client.post("/v1/connectors", json=wanted())).status_code == 409
    assert (await world.change(other, wanted())).status_code == 409


async def test_a_credential_stays_when_none_is_sent_but_never_goes_to_another_host(
    world: World, network: FaultyNetwork
) -> None:
    asked = network.connector(network.url)
    silent = asked | {"auth": {"kind": "bearer"}}
    connector = await world.create(asked)
    kept = await world.change(connector, silent | {"every_seconds": 900})
    assert kept.status_code == 200
    assert (await world.pull(connector))["state"] == "done"  # the network admits only who brings the token
    for thief in ({"url": "http://127.0.0.1:9/v1/reports"}, {"auth": {"kind": "header", "name": "X-Key"}}):
        refused = await world.change(kept.json(), silent | thief)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/auth/credential")


async def test_an_open_connector_needs_no_credential_and_any_other_one_does(world: World) -> None:
    await world.create(wanted(auth={"kind": "none"}, enabled=False))
    refused = await world.client.post("/v1/connectors", json=wanted(name="b", auth={"kind": "bearer"}))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/auth/credential")


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"url": "ftp://ads.example.com/"}, "/url"),
        ({"url": "http://2130706433/"}, "/url"),
        ({"format": "xml"}, "/format"),
        ({"format": "csv"}, ""),
        ({"every_seconds": 1}, "/every_seconds"),
        ({"look_back_days": -1}, "/look_back_days"),
        ({"since": "2026-02-30"}, "/since"),
        ({"date_format": "%999999999Y"}, "/date_format"),
        ({"query": {"a b": "x"}}, "/query"),
        ({"mapping": MAPPING | {"currency": None}}, "/mapping"),
        ({"mapping": {"channel": {"value": "x"}, "day": {"path": "d"}}}, "/mapping"),
        ({"mapping": MAPPING | {"spend": {"path": "s", "scale": "0"}}}, "/mapping/spend/scale"),
        ({"mapping": MAPPING | {"spend": {"path": "s", "scale": "NaN"}}}, "/mapping/spend/scale"),
        ({"mapping": MAPPING | {"channel": {"path": "c", "value": "x"}}}, "/mapping/channel"),
        ({"mapping": MAPPING | {"as_of": {}}}, "/mapping/as_of"),
        ({"mapping": MAPPING | {"day": {"path": "d", "format": "%Q"}}}, "/mapping/day/format"),
        ({"mapping": MAPPING | {"conversion": {"path": "c"}}}, "/mapping/conversion"),
        ({"auth": {"kind": "header", "name": "Host", "credential": "x"}}, "/auth"),
        ({"auth": {"kind": "bearer", "credential": "a\r\nHost: b"}}, "/auth/credential"),
        ({"auth": {"kind": "basic", "username": "a:b", "credential": "c"}}, "/auth/username"),
        ({"paging": {"kind": "cursor", "path": "x"}}, "/paging/parameter"),
        ({"headers": {"Host": "b"}}, "/headers"),
        ({"headers": {"X-A": "1", "x-a": "2"}}, "/headers"),
        ({"headers": {"X-A": "1\r\nHost: b"}}, "/headers/X-A"),
        ({"query": {"since": "{from}"}, "days_at_once": 30}, "/days_at_once"),
        ({"extra": 1}, "/extra"),
    ],
)
async def test_settings_that_cannot_work_are_refused_with_the_field(
    world: World, given: dict[str, Any], pointer: str
) -> None:
    refused = await world.client.post("/v1/connectors", json=wanted(**given))
    assert refused.status_code == 422, refused.text
    assert next(error["pointer"] for error in refused.json()["errors"]).startswith(pointer)
    assert (await world.client.get("/v1/connectors")).json()["items"] == []


async def test_a_trial_shows_the_first_rows_and_the_errors_and_stores_nothing(
    world: World, network: FaultyNetwork
) -> None:
    first = min(network.figures)
    network.figures[first] = dict(network.figures[first]) | {"clicks": -1}
    connector = await world.create(network.connector(network.url) | {"enabled": False})
    trial = (await world.client.post(f"/v1/connectors/{connector['id']}/test")).json()
    assert (trial["rows"], len(trial["metrics"]), trial["rows_rejected"], trial["more"]) == (40, 10, 1, True)
    assert (trial["rejects"][0]["field"], trial["error"]) == ("clicks", None)
    assert trial["metrics"][0]["campaign"] == "generic"
    assert await world.stored() == {}
    assert await world.pulls(connector) == []


@pytest.mark.parametrize(
    ("fault", "said"), [(refusing(401), "401"), (truncated, "broke off"), (refusing(302, Location="/"), "302")]
)
async def test_a_trial_that_fails_says_why(world: World, network: FaultyNetwork, fault: Any, said: str) -> None:
    connector = await world.create(network.connector(network.url) | {"enabled": False})
    network.faults.append(fault)
    trial = (await world.client.post(f"/v1/connectors/{connector['id']}/test")).json()
    assert said in trial["error"]


async def test_a_pull_that_is_asked_for_takes_the_place_of_the_planned_one(
    world: World, network: FaultyNetwork
) -> None:
    connector = await world.create(network.connector(network.url))
    path = f"/v1/connectors/{connector['id']}"
    await world.pull(connector)
    [planned, done] = await world.pulls(connector)
    asked = await world.client.post(f"{path}/pull")
    assert asked.status_code == 202
    assert [one["id"] for one in await world.pulls(connector)] == [asked.json()["id"], done["id"]]
    assert (await world.client.get(path)).json()["next_pull_id"] == asked.json()["id"]
    held = Held()
    network.faults.append(held)
    await world.due.do_some()
    await held.reached.wait()
    again = await world.client.post(f"{path}/pull")
    assert (again.json()["id"], again.json()["state"]) == (asked.json()["id"], "running")
    held.released.set()
    await world.due.finished()
    world.clock.by += timedelta(hours=1)
    await world.work()
    await world.work()
    assert planned["id"] not in {one["id"] for one in await world.pulls(connector)}


async def test_a_connector_that_is_off_is_not_pulled(world: World, network: FaultyNetwork) -> None:
    connector = await world.create(network.connector(network.url) | {"enabled": False})
    assert (await world.client.post(f"/v1/connectors/{connector['id']}/pull")).status_code == 409
    assert await world.work() == 0


async def test_a_connector_that_is_removed_leaves_its_figures_and_asks_nobody_again(
    world: World, network: FaultyNetwork
) -> None:
    connector = await world.create(network.connector(network.url))
    path = f"/v1/connectors/{connector['id']}"
    await world.pull(connector)
    assert (await world.client.delete(path)).status_code == 428
    assert (await world.client.delete(path, headers={"If-Match": '"1"'})).status_code == 204
    asked = len(network.queries)
    world.clock.by += timedelta(days=1)
    await world.work()
    assert len(network.queries) == asked
    assert await world.stored() == network.truth
    for gone in (world.client.get(path), world.client.get(f"{path}/pulls"), world.client.post(f"{path}/test")):
        assert (await gone).status_code == 404


async def test_outside_the_local_mode_no_private_address_is_saved_or_asked(
    world: World, network: FaultyNetwork
) -> None:
    connector = await world.create(network.connector(network.url))
    world.runtime.settings = world.runtime.settings.model_copy(update={"private_addresses": False})
    world.restart()
    refused = await world.client.post("/v1/connectors", json=wanted(url=network.url.replace("http:", "https:")))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/url")
    assert (await world.pull(connector))["state"] == "failed"
    assert (await world.client.post(f"/v1/connectors/{connector['id']}/test")).json()["error"]
    assert network.queries == []


@pytest.mark.parametrize(
    ("field", "constant", "pointer"),
    [
        ("channel", {"value": "paid/search"}, "/mapping/channel/value"),
        ("campaign", {"value": "x" * 201}, "/mapping/campaign/value"),
        ("currency", {"value": "euro"}, "/mapping/currency/value"),
        ("dimensions", {"day": {"value": "monday"}}, "/mapping/dimensions/day/value"),
    ],
)
async def test_a_constant_that_no_metric_could_have_is_refused_when_it_is_saved(
    world: World, field: str, constant: Json, pointer: str
) -> None:
    connector = await world.create(wanted(enabled=False))
    wrong = wanted(mapping=MAPPING | {field: constant}, name="Other", enabled=False)
    made = await world.client.post("/v1/connectors", json=wrong)
    changed = await world.change(connector, wrong)
    assert (made.status_code, changed.status_code) == (422, 422)
    assert [one["pointer"] for one in made.json()["errors"]] == [pointer]
