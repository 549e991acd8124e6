"""What the system shows at the end through its public API, and what the mail server says it took."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.system import SERVICES, System

Item = dict[str, Any]
AT_ONCE = 8

DROPNA = ("any", "used")
GROUPS = ("channel", "campaign,day", "channel,age", "day,age,gender", "account,ad", "currency,channel")
"""One that is answered from each roll-up at least."""


@dataclass(frozen=True)
class Shown:
    contacts: Sequence[Item] = ()
    timelines: dict[str, list[Item]] = field(default_factory=dict)
    """The entries of each contact."""
    scores: Sequence[Item] = ()
    journeys: Sequence[Item] = ()
    decisions: Sequence[Item] = ()
    actions: Sequence[Item] = ()
    tasks: Sequence[Item] = ()
    summary: Item = field(default_factory=dict)
    dead_letters: Sequence[Item] = ()
    mails: Sequence[Item] = ()
    """Lines of the mail server's ledger."""
    metrics: Sequence[Item] = ()
    revisions: dict[str, list[Item]] = field(default_factory=dict)
    """The history of each metric that was told of again."""
    channels: Sequence[Item] = ()
    performance: dict[str, Item] = field(default_factory=dict)
    """By what it is grouped by."""
    companies: Sequence[Item] = ()
    industries: dict[str, Item] = field(default_factory=dict)
    """By `dropna`."""


async def collect(system: System, mail_log: Path, again: Collection[str] = ()) -> Shown:
    """`again`: the metrics whose history is looked at."""
    async with (
        system.client("customer") as customer,
        system.client("campaign") as campaign,
        system.client("analytics") as analytics,
    ):
        contacts = await pages(customer, "/v1/contacts")
        return Shown(
            contacts=contacts,
            timelines=await _timelines(customer, [contact["id"] for contact in contacts]),
            scores=await pages(analytics, "/v1/scores"),
            journeys=await pages(campaign, "/v1/journeys"),
            decisions=await pages(campaign, "/v1/decisions"),
            actions=await pages(campaign, "/v1/actions"),
            tasks=await pages(campaign, "/v1/tasks"),
            summary=await got(campaign, "/v1/actions/summary"),
            dead_letters=[letter for name in SERVICES for letter in await _of(system, name, "/v1/dead-letters")],
            mails=mails_in(mail_log),
            metrics=await pages(campaign, "/v1/ad-metrics"),
            revisions=await _revisions(campaign, sorted(again)),
            channels=(await got(analytics, "/v1/channels"))["items"],
            performance={by: await got(analytics, "/v1/ad-performance", {"group_by": by}) for by in GROUPS},
            companies=await pages(customer, "/v1/companies"),
            industries={one: await got(analytics, "/v1/industries", {"dropna": one, "limit": "200"}) for one in DROPNA},
        )


def mails_in(log: Path) -> list[Item]:
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


async def pages(client: httpx.AsyncClient, path: str) -> list[Item]:
    """Everything there is, page by page."""
    found: list[Item] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await got(client, path, {"limit": "200"} | ({"cursor": cursor} if cursor else {}))
        found += page["items"]
        cursor = page["next_cursor"]
    return found


async def got(client: httpx.AsyncClient, path: str, asked: dict[str, str] | None = None) -> Any:
    answer = await client.get(path, params=asked)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:500]}"
    return answer.json()


async def _of(system: System, service: str, path: str) -> list[Item]:
    async with system.client(service) as client:
        return await pages(client, path)


async def _timelines(customer: httpx.AsyncClient, contacts: Sequence[str]) -> dict[str, list[Item]]:
    return await _each(contacts, lambda contact: pages(customer, f"/v1/contacts/{contact}/timeline"))


async def _revisions(campaign: httpx.AsyncClient, metrics: Sequence[str]) -> dict[str, list[Item]]:
    async def of(metric: str) -> list[Item]:
        return list((await got(campaign, f"/v1/ad-metrics/{metric}"))["revisions"])

    return await _each(metrics, of)


async def _each(ids: Sequence[str], ask: Callable[[str], Awaitable[list[Item]]]) -> dict[str, list[Item]]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def of(one: str) -> list[Item]:
        async with turns:
            return await ask(one)

    return dict(zip(ids, await asyncio.gather(*map(of, ids)), strict=True))
