"""An ad network that does not exist: five campaigns in three channels, day by day, and one day that went wrong.

It answers as networks do: in pages with a cursor, amounts in micros, to who brings the token, and now and then with
429. The same seed gives the same figures.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from fastapi import FastAPI, HTTPException, Query, Request

TOKEN = "a-token-of-the-demo"  # noqa: S105  # of a network that does not exist
PAGE = 100
WEEKDAYS = (1.0, 1.05, 1.08, 1.04, 0.92, 0.6, 0.55)


@dataclass(frozen=True, slots=True)
class Campaign:
    """On an ordinary day: impressions, clicks of a thousand of them, leads of a thousand clicks, cents for a click."""

    id: int
    channel: str
    name: str
    impressions: int
    clicks: float
    leads: float
    cents: float


CAMPAIGNS = (
    Campaign(101, "search", "brand", 4_000, 62.0, 90.0, 41.0),
    Campaign(102, "search", "generic", 9_000, 31.0, 45.0, 118.0),
    Campaign(201, "facebook", "autumn-fair", 26_000, 11.0, 22.0, 37.0),
    Campaign(202, "facebook", "retargeting", 7_000, 19.0, 60.0, 44.0),
    Campaign(301, "linkedin", "decision-makers", 3_500, 8.0, 85.0, 520.0),
)
AFFLICTED = CAMPAIGNS[1]


class AdNetwork:
    """`figures` are its truth, by day and campaign; whoever changes them rewrites history. `bad_day` is the last one:
    a broken bid buys many times the clicks of `AFFLICTED`, and hardly a lead comes of them.
    """

    def __init__(self, last_day: date, *, days: int = 60, seed: int = 1, busy_every: int = 3, page: int = PAGE) -> None:
        self.bad_day, self.busy_every, self.page, self.asked = last_day, busy_every, page, 0
        chance = Random(seed)  # noqa: S311  # made-up figures
        since = [last_day - timedelta(days=ago) for ago in range(days - 1, -1, -1)]
        self.figures = {
            (day, one.id): _figures(one, day, chance, bad=day == last_day and one is AFFLICTED)
            for day in since
            for one in CAMPAIGNS
        }

    @property
    def bad_series(self) -> str:
        return f"{AFFLICTED.channel}/{AFFLICTED.name}"

    def rows(self, first: date, last: date) -> list[dict[str, Any]]:
        return list(self._rows(first, last))

    def app(self) -> FastAPI:
        app = FastAPI(title="An ad network that does not exist")

        @app.get("/v1/reports")
        async def reports(
            request: Request, since: date, until: date, cursor: str = Query("0", pattern="^[0-9]+$")
        ) -> dict[str, Any]:
            self._admit(request)
            rows, start = self.rows(since, until), int(cursor)
            more = start + self.page < len(rows)
            return {
                "data": rows[start : start + self.page],
                "paging": {"next": str(start + self.page) if more else None},
            }

        return app

    def connector(self, url: str, *, every_seconds: int = 3_600) -> dict[str, Any]:
        """What `POST /v1/connectors` takes to pull from this network at `url`."""
        return {
            "name": "An ad network",
            "url": f"{url}/v1/reports",
            "query": {"since": "{from}", "until": "{to}"},
            "format": "json",
            "items": "data",
            "paging": {"kind": "cursor", "path": "paging.next", "parameter": "cursor"},
            "auth": {"kind": "bearer", "credential": TOKEN},
            "mapping": MAPPING,
            "every_seconds": every_seconds,
            "look_back_days": 7,
            "since": min(day for day, _ in self.figures).isoformat(),
        }

    def _admit(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            raise HTTPException(401, "Who are you?")
        self.asked += 1
        if self.busy_every and self.asked % self.busy_every == 0:
            raise HTTPException(429, "Too many requests.", headers={"Retry-After": "1"})

    def _rows(self, first: date, last: date) -> Iterator[dict[str, Any]]:
        for (day, campaign_id), metrics in sorted(self.figures.items()):
            if first <= day <= last:
                one = next(one for one in CAMPAIGNS if one.id == campaign_id)
                about = {"id": one.id, "name": one.name, "channel": one.channel}
                yield {"date": day.isoformat(), "campaign": about, "metrics": metrics}


MAPPING: dict[str, Any] = {
    "channel": {"path": "campaign.channel"},
    "campaign": {"path": "campaign.name"},
    "account": {"value": "demo"},
    "day": {"path": "date"},
    "impressions": {"path": "metrics.impressions"},
    "clicks": {"path": "metrics.clicks"},
    "spend": {"path": "metrics.cost_micros", "scale": "0.000001"},
    "currency": {"value": "EUR"},
    "conversions": {"lead": {"path": "metrics.leads"}},
}


def _figures(one: Campaign, day: date, chance: Random, *, bad: bool) -> dict[str, int]:
    impressions = one.impressions * WEEKDAYS[day.weekday()] * chance.gauss(1, 0.06)
    clicks = impressions * one.clicks / 1_000 * chance.gauss(1, 0.07)
    leads = clicks * one.leads / 1_000 * chance.gauss(1, 0.15)
    cents = one.cents * chance.gauss(1, 0.04)
    if bad:
        impressions, clicks, leads, cents = impressions * 2.6, clicks * 5.0, leads * 0.2, cents * 1.4
    return {
        "impressions": round(impressions),
        "clicks": round(clicks),
        "leads": max(0, round(leads)),
        "cost_micros": round(clicks) * round(cents * 10_000),
    }
