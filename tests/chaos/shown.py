"""What the system shows at the end through its public API, and what the mail server says it took."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.system import SERVICES, System

Item = dict[str, Any]
AT_ONCE = 8


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


async def collect(system: System, mail_log: Path) -> Shown:
    async with system.client("customer") as customer, system.client("campaign") as campaign:
        contacts = await pages(customer, "/v1/contacts")
        return Shown(
            contacts=contacts,
            timelines=await _timelines(customer, [contact["id"] for contact in contacts]),
            scores=await _of(system, "analytics", "/v1/scores"),
            journeys=await pages(campaign, "/v1/journeys"),
            decisions=await pages(campaign, "/v1/decisions"),
            actions=await pages(campaign, "/v1/actions"),
            tasks=await pages(campaign, "/v1/tasks"),
            summary=await got(campaign, "/v1/actions/summary"),
            dead_letters=[letter for name in SERVICES for letter in await _of(system, name, "/v1/dead-letters")],
            mails=mails_in(mail_log),
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
    turns = asyncio.Semaphore(AT_ONCE)

    async def of(contact: str) -> list[Item]:
        async with turns:
            return await pages(customer, f"/v1/contacts/{contact}/timeline")

    return dict(zip(contacts, await asyncio.gather(*map(of, contacts)), strict=True))
