"""The summary of a demo: our own count of what was sent beside what the services say they made of it."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

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
    await tell_industries(api.analytics, teller)
    await tell_channels(api.analytics, teller)
    settled = [one for one in watch.actions.values() if one["settled_at"]]
    teller.say(latency([after_ms(action) for action in settled if action["contact_id"]]))


async def tell_industries(analytics: httpx.AsyncClient, teller: Teller) -> None:
    found = (await analytics.get("/v1/industries", params={"sort": "-revenue"})).raise_for_status().json()
    rows = [
        (one["industry"], str(one["n"]), f"{one['revenue']} {one['currency']}", f"{Decimal(one['profit_mean']):.2f}")
        for one in found["items"]
    ]
    title = f"industries: {found['companies']} companies, {found['dropped']} dropped for what they lack"
    teller.grid(title, ("industry", "n", "revenue, sum", "profit, mean"), rows)


async def tell_channels(analytics: httpx.AsyncClient, teller: Teller) -> None:
    found = (await analytics.get("/v1/channels")).raise_for_status().json()
    rows = [(one["channel"], *figures_of(one)) for one in found["items"]]
    teller.grid("channels", ("channel", "impressions", "clicks", "CTR", "spend", "CPC", "CPA of a lead"), rows)


def figures_of(channel: Row) -> Iterable[str]:
    yield f"{channel['impressions']['sum']:,}"
    yield f"{channel['clicks']['sum']:,}"
    yield f"{channel['ctr']:.2%}"
    for one in channel["by_currency"]:
        yield f"{one['spend']['sum']['amount']} {one['currency']}"
        yield f"{Decimal(one['cpc']):.2f}"
        yield f"{Decimal(one['cpa']['lead']):.2f}"


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
