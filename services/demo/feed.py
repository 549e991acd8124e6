"""The leads posted over HTTP, spread over some seconds, as a form on a website would: one by one, each under its own
Idempotency-Key, so that a lead which is sent again after a 503 (see `careful`) is still one lead."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

import httpx

from services.demo.people import Lead


@dataclass
class Ledger:
    """Our own word of what was sent and what was answered, to hold the system's figures against."""

    posted: int = 0
    new: int = 0
    known: int = 0
    refused: Counter[int] = field(default_factory=Counter)
    names: dict[str, str] = field(default_factory=dict)
    """Who a contact is to us, by id: the demo tells only names that it made up itself."""
    observations: set[str] = field(default_factory=set)

    def note(self, lead: Lead, answer: httpx.Response) -> None:
        self.posted += 1
        if answer.is_success:
            found = answer.json()
            self.new, self.known = self.new + found["created"], self.known + (not found["created"])
            self.names.setdefault(found["contact_id"], lead.who)
            self.observations.add(found["observation_id"])
        else:
            self.refused[answer.status_code] += 1


Told = Callable[[Lead, httpx.Response], None]


async def feed(customer: httpx.AsyncClient, leads: Sequence[Lead], seconds: float, ledger: Ledger, told: Told) -> None:
    """Returns when all are answered; `told` hears of each answer."""
    began = monotonic()
    for place, lead in enumerate(leads):
        await asyncio.sleep(began + seconds * place / len(leads) - monotonic())
        answer = await customer.post("/v1/leads", json=lead.body, headers={"Idempotency-Key": f"demo-{place}"})
        ledger.note(lead, answer)
        told(lead, answer)
