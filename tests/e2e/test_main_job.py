"""The main job, on each database and bus, and as nine processes: a lead, or a figure, becomes a follow-up."""

import asyncio
from collections import Counter
from contextlib import suppress
from email import message_from_bytes, policy
from typing import Any

import httpx

from tests.e2e.leads import grade_a, grade_b, grade_c
from tests.e2e.market import figures_are_followed_up
from tests.e2e.system import System
from tests.eventually import eventually
from tests.operate.files import rules, targets
from tests.operate.scraped import NEVER_ON_A_GOOD_DAY, unanswered


async def test_leads_and_figures_become_the_follow_ups_that_they_ask_for(system: System) -> None:
    await leads_are_followed_up(system)
    await figures_are_followed_up(system)
    await every_panel_has_something_to_show(system)
    assert system.stop() == {"serve": 0}


async def test_leads_and_figures_become_follow_ups_through_nine_processes(nine_processes: System) -> None:
    await leads_are_followed_up(nine_processes)
    await figures_are_followed_up(nine_processes)
    assert set(nine_processes.stop().values()) == {0}


async def every_panel_has_something_to_show(system: System) -> None:
    """Each series that rules and dashboard ask for is there, with the values asked for, after what was done here."""
    asked = [rule["expr"] for rule in rules()] + [target.expression for target in targets()]
    absent = {rule["record"] for rule in rules() if "record" in rule} | NEVER_ON_A_GOOD_DAY
    lacking = set[str]()

    async def shown() -> bool:
        nonlocal lacking
        lacking = await unanswered(system, asked) - absent
        return not lacking

    with suppress(AssertionError):  # gauges of the database are counted every few seconds
        await eventually(shown, pause=1.0)
    assert lacking == set()


async def leads_are_followed_up(system: System) -> None:
    async with system.client("customer") as customer, system.client("campaign") as campaign:
        ada = await post(customer, grade_a("ada"), 201)
        await asyncio.gather(*(post(customer, grade_a(who), 200) for who in ["Ada", "ADA", "aDa"]))
        eve = await post(customer, grade_a("eve", consent=False), 201)
        ben = await post(customer, grade_b("ben"), 201)
        cem = await post(customer, grade_c("cem"), 201)
        phone = await post(customer, {"source": "fair", "phone": "+49 30 901820"}, 201)

        journeys = [one for one in (await get(campaign, "/v1/journeys"))["items"] if one["entry"] == "lead.scored"]
        observations = {ada: 4, eve: 1, ben: 1, cem: 1, phone: 1}
        await eventually(lambda: decided(campaign, len(journeys) * sum(observations.values())), seconds=180)
        totals = await eventually(lambda: settled(campaign), seconds=180)
        assert (totals["sent"], totals["done"], totals["withheld"]) == (2, 2, 1)
        assert totals["failed"] == totals["unknown"] == 0

        assert await states(campaign, ada) == {("email", "sent"): 1, ("task", "done"): 1}
        assert await states(campaign, eve) == {("email", "withheld"): 1, ("task", "done"): 1}
        assert await states(campaign, ben) == {("email", "sent"): 1}
        assert await states(campaign, cem) == await states(campaign, phone) == {}

        await the_mail_was_written_to(system, {"ada@mill.example", "ben@mill.example"})
        await decisions_say_why(campaign, cem, ada)
        await the_timeline_shows_it(customer, ada)
        tasks = (await get(campaign, "/v1/tasks"))["items"]
        assert {task["contact_id"] for task in tasks} == {ada, eve}


async def post(client: httpx.AsyncClient, lead: dict[str, Any], status: int) -> str:
    answer = await client.post("/v1/leads", json=lead)
    assert answer.status_code == status, answer.text
    return str(answer.json()["contact_id"])


async def get(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def decided(campaign: httpx.AsyncClient, expected: int) -> bool:
    made = (await get(campaign, "/v1/decisions?limit=200"))["items"]
    assert len(made) <= expected, "a decision was made twice"
    return len(made) == expected


async def settled(campaign: httpx.AsyncClient) -> dict[str, int] | None:
    """The summary, once nothing waits any more. It adds up at every read."""
    totals: dict[str, int] = await get(campaign, "/v1/actions/summary")
    parts = ("waiting", "sent", "done", "withheld", "failed", "unknown")
    assert totals["planned"] == sum(totals[part] for part in parts)
    return totals if totals["planned"] == 5 and not totals["waiting"] else None


async def states(campaign: httpx.AsyncClient, contact: str) -> Counter[tuple[str, str]]:
    actions = (await get(campaign, f"/v1/actions?contact={contact}"))["items"]
    return Counter((action["kind"], action["state"]) for action in actions)


async def the_mail_was_written_to(system: System, addresses: set[str]) -> None:
    files = sorted(await asyncio.to_thread(lambda: [path.read_bytes() for path in system.mailbox.glob("*.eml")]))
    mails = [message_from_bytes(content, policy=policy.default) for content in files]
    assert {str(mail["To"].addresses[0].addr_spec) for mail in mails} == addresses and len(mails) == len(addresses)


async def decisions_say_why(campaign: httpx.AsyncClient, not_acted: str, acted: str) -> None:
    for decision in (await get(campaign, f"/v1/decisions?contact={not_acted}"))["items"]:
        assert not decision["acted"] and decision["cause"] == "condition_false"
        (grade,) = [one for one in decision["conditions"]["rules"] if one["field"] == "grade"]
        assert grade["actual"] == "C" and grade["truth"] is False
        assert decision["trace_id"] and decision["journey_version"] == 1
    causes = [decision["cause"] for decision in (await get(campaign, f"/v1/decisions?contact={acted}"))["items"]]
    assert causes.count("already_done") == 6 and causes.count(None) == 2  # two journeys, four observations


async def the_timeline_shows_it(customer: httpx.AsyncClient, contact: str) -> None:
    async def entries() -> list[dict[str, Any]] | None:
        found: list[dict[str, Any]] = (await get(customer, f"/v1/contacts/{contact}/timeline?limit=200"))["items"]
        return found if {"action.sent", "action.done"} <= {entry["kind"] for entry in found} else None

    kinds = Counter(entry["kind"] for entry in await eventually(entries))
    assert kinds["lead.captured"] == kinds["lead.scored"] == 4
    contact_now = await get(customer, f"/v1/contacts/{contact}")
    assert contact_now["observations"] == 4 and contact_now["grade"] == "A" and contact_now["score_as_of"]
