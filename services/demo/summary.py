"""The summary of a demo: our own count of what was sent beside what the services say they made of it."""

from collections import Counter
from collections.abc import Iterable

import httpx

from services.demo.clients import Clients
from services.demo.feed import Ledger
from services.demo.telling import Teller, after_ms, percentiles
from services.demo.watch import Row, Watch, pages

STATES = ("waiting", "sent", "done", "withheld", "failed", "unknown")

Counts = dict[str, int]


async def sum_up(api: Clients, ledger: Ledger, watch: Watch, teller: Teller) -> None:
    """Each row is a total and what it is made of."""
    rows = [
        ("leads posted", ledger.posted, {"new": ledger.new, "known": ledger.known, "refused": ledger.refused.total()}),
        ("contacts", await contacts(api.customer), await grades(api.analytics)),
        ("decisions", len(watch.decisions), decisions(watch.decisions.values())),
        await actions(api.campaign),
    ]
    withheld = Counter(action["because"] for action in watch.actions.values() if action["state"] == "withheld")
    rows.append(("withheld", withheld.total(), dict(withheld)))
    rows.append(("refused", ledger.refused.total(), {f"with {status}": n for status, n in ledger.refused.items()}))
    teller.table(rows)
    teller.say(latency([after_ms(action) for action in watch.actions.values() if action["settled_at"]]))


async def contacts(customer: httpx.AsyncClient) -> int:
    return len([contact async for contact in pages(customer, "/v1/contacts")])


async def grades(analytics: httpx.AsyncClient) -> Counts:
    found = Counter([f"grade {score['grade']}" async for score in pages(analytics, "/v1/scores")])
    return dict(sorted(found.items()))


def decisions(made: Iterable[Row]) -> Counts:
    """Those to act, and those not to act by their cause."""
    return dict(Counter("to act" if one["acted"] else f"not: {one['cause']}" for one in made).most_common())


async def actions(campaign: httpx.AsyncClient) -> tuple[str, int, Counts]:
    said = (await campaign.get("/v1/actions/summary")).raise_for_status().json()
    return "actions planned", said["planned"], {state: said[state] for state in STATES}


def latency(figures: list[int]) -> str:
    half, most = percentiles(figures)
    return f"from lead to follow-up: p50 {half} ms, p95 {most} ms"
