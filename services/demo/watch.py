"""What happens, learnt as a frontend would: over HTTP, page by page, again from the oldest that may still change."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

OVERLAP = timedelta(seconds=2)
"""Asked again each time: what is written at one moment may be seen in another order."""

Row = dict[str, Any]


@dataclass
class Watch:
    """All decisions and actions since a moment, by id, in the state in which they were last seen."""

    campaign: httpx.AsyncClient
    since: datetime
    decisions: dict[str, Row] = field(default_factory=dict)
    actions: dict[str, Row] = field(default_factory=dict)

    @property
    def waiting(self) -> int:
        return sum(action["state"] == "waiting" for action in self.actions.values())

    async def look(self, *, again: bool = False) -> list[Row]:
        """The actions that were settled since the last look. `again`: from the beginning on, for what was written late
        by a machine that stood still for longer than the overlap.
        """
        acted, decided = (self.since, self.since) if again else (self._unsettled(), self._undecided())
        actions = pages(self.campaign, "/v1/actions", since=acted, sort="planned_at")
        settled = [action async for action in actions if self._is_news(action)]
        async for decision in pages(self.campaign, "/v1/decisions", since=decided, sort="decided_at"):
            self.decisions[decision["id"]] = decision
        return settled

    def _unsettled(self) -> datetime:
        newest = max((moment(one["planned_at"]) for one in self.actions.values()), default=self.since + OVERLAP)
        waiting = [moment(one["planned_at"]) for one in self.actions.values() if one["state"] == "waiting"]
        return min([newest - OVERLAP, *waiting])

    def _undecided(self) -> datetime:
        return (
            max((moment(one["decided_at"]) for one in self.decisions.values()), default=self.since + OVERLAP) - OVERLAP
        )

    def _is_news(self, action: Row) -> bool:
        before = self.actions.get(action["id"])
        self.actions[action["id"]] = action
        return action["state"] != "waiting" and (before is None or before["state"] == "waiting")


async def score_of(analytics: httpx.AsyncClient, contact_id: str, decision: Row) -> Row:
    """The score that the decision was made on: the one of its observation, not one that came later."""
    async for score in pages(analytics, f"/v1/scores/{contact_id}/history"):
        if score["observation_id"] == decision["observation_id"]:
            return score
    raise LookupError(f"analytics_svc has no score for {decision['observation_id']}, which {decision['id']} is about.")


async def pages(client: httpx.AsyncClient, path: str, **asked: Any) -> AsyncIterator[Row]:
    """Every item of a list, whatever the size of a page."""
    wanted = {name: text(value) for name, value in asked.items()} | {"limit": "200"}
    while True:
        answer = (await client.get(path, params=wanted)).raise_for_status().json()
        for item in answer["items"]:
            yield item
        if answer["next_cursor"] is None:
            return
        wanted["cursor"] = answer["next_cursor"]


def moment(written: str) -> datetime:
    return datetime.fromisoformat(written)


def text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
