"""The demo itself, beside the running services: feed, watch and tell until every lead has what is due, then sum up."""

import asyncio
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic

import httpx

from services.demo.clients import Clients, clients
from services.demo.feed import Ledger, feed
from services.demo.market import Market, network_until_yesterday
from services.demo.outside import outside
from services.demo.people import Lead
from services.demo.summary import sum_up
from services.demo.telling import Teller, invitation, why
from services.demo.watch import Row, Watch, score_of
from shared.access.tokens import Tokens
from shared.clock import utc_now
from shared.settings import Settings

EVERY_SECONDS = 0.2
PATIENCE_SECONDS = 90.0
"""How long after the last lead its follow-ups may take before the demo says that something is wrong."""
CLOSING_SECONDS = 12.0
"""At a stop the doors close before we are told; if nobody tells us within this time, it was no stop."""
TOKEN_SECONDS = 12 * 3_600


class Unfinished(Exception):
    """The system did not do all that it is there for; the message is a sentence."""


@dataclass
class Show:
    leads: Sequence[Lead]
    seconds: float
    scopes: Sequence[str]
    ends: bool
    seed: int = 1
    teller: Teller = field(default_factory=Teller)
    ledger: Ledger = field(default_factory=Ledger)
    failure: str = ""

    async def beside(self, settings: Settings) -> None:
        """Runs once all three answer, and is cancelled when they stop."""
        token = Tokens(settings.signing_key).issue("user:demo", self.scopes, TOKEN_SECONDS)
        try:
            await self._perform(settings, token)
        except httpx.TransportError as error:
            await asyncio.sleep(CLOSING_SECONDS)
            self.failure = f"The services do not answer any more ({type(error).__name__})."
        except (Unfinished, LookupError, httpx.HTTPStatusError) as error:
            self.failure = str(error)
        if self.ends or self.failure:
            os.kill(os.getpid(), signal.SIGINT)

    async def _perform(self, settings: Settings, token: str) -> None:
        self.teller.say(
            f"\n{len(self.leads)} people who do not exist leave their leads within {self.seconds:g} seconds:\n"
        )
        async with clients(settings, token) as api:
            async with outside(network_until_yesterday(self.seed)) as world:
                watch, market = Watch(api.campaign, since=utc_now()), Market(api, world, self.teller, self.seed)
                await self._follow(api, watch, market)
            await sum_up(api, self.ledger, watch, self.teller)
        if not self.ends:
            self.teller.say(invitation(settings, token))

    async def _follow(self, api: Clients, watch: Watch, market: Market) -> None:
        await market.begin()
        feeding = asyncio.create_task(feed(api.customer, self.leads, self.seconds, self.ledger, self.teller.refused))
        try:
            while not feeding.done():
                await self._tell_news(api, watch, market)
            await feeding
            await self._finish(api, watch, market)
        finally:
            feeding.cancel()

    async def _finish(self, api: Clients, watch: Watch, market: Market) -> None:
        until = monotonic() + PATIENCE_SECONDS
        while left := self._left(watch) or await market.left():
            if monotonic() > until:
                raise Unfinished(f"{PATIENCE_SECONDS:g} seconds after the last lead {left}.")
            await self._tell_news(api, watch, market)
        await self._tell_news(api, watch, market, again=True)

    async def _tell_news(self, api: Clients, watch: Watch, market: Market, *, again: bool = False) -> None:
        await asyncio.sleep(EVERY_SECONDS)
        for action in await watch.look(again=again):
            decision, contact_id = watch.decisions[action["decision_id"]], action["contact_id"]
            who = self.ledger.names.get(contact_id) or str(action["about"])
            reasons = why(await score_of(api.analytics, contact_id, decision)) if contact_id else _reason(decision)
            self.teller.follow_up(who, action, reasons)
        await market.tell_news()

    def _left(self, watch: Watch) -> str:
        """What is still to come; nothing once every lead that was taken in is decided on and every action settled."""
        undecided = self.ledger.observations - {decision["observation_id"] for decision in watch.decisions.values()}
        if undecided or watch.waiting:
            return f"{len(undecided)} leads are without a decision and {watch.waiting} actions are waiting"
        return ""


def _reason(decision: Row) -> str:
    """Of what is not about a person: what the fact itself says."""
    return str(decision["inputs"]["reason"])
